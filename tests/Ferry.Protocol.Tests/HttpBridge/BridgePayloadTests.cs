using Ferry.Protocol.Addressing;
using Ferry.Protocol.HttpBridge;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests.HttpBridge;

// The stanzas are those of the bridge's document of 2007, with its placeholders (port, {UUID}, SIDHASH) replaced by values.
public sealed class BridgePayloadTests
{
    private const string Hash = "aebf79a080576ab4687837ecf98c0aaf939a6e4a";

    private static DestinationAddress SidHash => DestinationAddress.Compute("SID", "jerome@localhost/Gajim", "jerome2@localhost/Gajim");

    private static Element Payload(string stanza) => TestXml.Parse(stanza).FirstChild!;

    [Fact]
    public void The_documents_connect_is_read_and_its_hash_is_that_of_the_stream()
    {
        var iq = TestXml.Parse(
            """
            <iq type='set' from='jerome2@localhost/Gajim' to='proxy.localhost' id='connect'>
            <connect xmlns='http://oneteam.im/bs-proxy' sid='SID' jid='jerome@localhost/Gajim'>
            <streamhost jid='proxy.localhost' host='127.0.0.1' port='7777'/>
            </connect>
            </iq>
            """);

        BridgeConnect.TryParse(iq.FirstChild!, out var connect, out _).ShouldBeTrue();

        connect.Streamhosts.ShouldBe([new Streamhost(Jid.Parse("proxy.localhost"), "127.0.0.1", 7777)]);
        (connect.Size, connect.Name, connect.Type).ShouldBe((null, null, null));
        DestinationAddress.Compute(connect.Sid, connect.Sender.ToString(), iq.Attribute("from")!).Value.ShouldBe(Hash);
    }

    [Fact]
    public void The_documents_connected_is_read()
    {
        BridgeConnected.TryParse(Payload("<iq type='result' from='proxy.host' to='receiver@host2/resource' id='connect'>\n<connected xmlns='http://oneteam.im/bs-proxy' jid='proxy.host'/>\n</iq>"), out var connected).ShouldBeTrue();

        connected.ShouldBe(new BridgeConnected(Jid.Parse("proxy.host")));
    }

    [Fact]
    public void The_documents_activation_is_told_from_a_plain_one()
    {
        var query = Payload(
            """
            <iq type='set' from='jerome@localhost/Gajim' to='proxy.localhost' id='activate'>
            <query xmlns='http://jabber.org/protocol/bytestreams' sid='SID'>
            <activate>jerome2@localhost/Gajim</activate>
            <x xmlns='http://oneteam.im/bs-proxy'/>
            </query>
            </iq>
            """);
        var plain = new BytestreamsActivation("SID", Jid.Parse("jerome2@localhost/Gajim"));

        BridgeActivation.IsOne(query).ShouldBeTrue();
        BridgeActivation.TryParse(query, out var activation, out _).ShouldBeTrue();
        activation.ShouldBe(new BridgeActivation(plain));
        BridgeActivation.IsOne(plain.ToElement()).ShouldBeFalse();
        BytestreamsActivation.TryParse(query, out var asPlain, out _).ShouldBeTrue();
        asPlain.ShouldBe(plain);
    }

    [Fact]
    public void The_documents_activated_is_read_as_result_and_as_notice()
    {
        var result = Payload("<iq type='result' from='proxy.host' to='sender@host/resource' id='activate'>\n<activated xmlns='http://oneteam.im/bs-proxy' url='http://proxy.host:8080/upload'/>\n</iq>");
        var notice = Payload($"<iq type='set' from='proxy.host' to='receiver@host2/resource'>\n<activated xmlns='http://oneteam.im/bs-proxy' sidhash=\"{Hash}\" url='http://proxy.host:8080/f81d4fae-7dec-11d0-a765-00a0c91e6bf6'/>\n</iq>");

        BridgeActivated.TryParse(result, out var toSender, out _).ShouldBeTrue();
        BridgeActivated.TryParse(notice, out var toReceiver, out _).ShouldBeTrue();

        toSender.ShouldBe(new BridgeActivated(new Uri("http://proxy.host:8080/upload")));
        toReceiver.ShouldBe(new BridgeActivated(new Uri("http://proxy.host:8080/f81d4fae-7dec-11d0-a765-00a0c91e6bf6"), SidHash));
    }

    [Fact]
    public void The_documents_progress_is_read()
    {
        BridgeProgress.TryParse(Payload($"<iq type='set' from='proxy.host' to='receiver@host2/resource'>\n<progress xmlns='http://oneteam.im/bs-proxy' sidhash='{Hash}' total='100' sent='30'/>\n</iq>"), out var progress, out _).ShouldBeTrue();

        progress.ShouldBe(new BridgeProgress(SidHash, 30, 100));
    }

    [Fact]
    public void The_documents_placeholders_are_no_url_and_no_hash()
    {
        BridgeActivated.TryParse(Payload("<iq><activated xmlns='http://oneteam.im/bs-proxy' url='http://proxy.host:port/upload'/></iq>"), out _, out var url).ShouldBeFalse();
        BridgeProgress.TryParse(Payload("<iq><progress xmlns='http://oneteam.im/bs-proxy' sidhash='SIDHASH' total='100' sent='30'/></iq>"), out _, out var hash).ShouldBeFalse();

        url.Condition.ShouldBe(ErrorCondition.BadRequest);
        hash.Condition.ShouldBe(ErrorCondition.BadRequest);
    }

    [Fact]
    public void Payloads_survive_the_wire()
    {
        var host = new Streamhost(Jid.Parse("proxy.example"), "2001:db8::7", 7777);
        var connect = new BridgeConnect("s", Jid.Parse("a@b/c"), [host, host with { Port = 1 }], long.MaxValue, "a&<é>.txt", "text/plain");
        var activation = new BridgeActivation(new BytestreamsActivation("s", Jid.Parse("a@b/c")), 0, Progress: true);
        var activated = new BridgeActivated(new Uri("https://proxy.example:8443/proxy/T0-_k?a=b&c"), SidHash);
        var progress = new BridgeProgress(SidHash, 30);
        var connected = new BridgeConnected(Jid.Parse("a@b/c"));

        BridgeConnect.TryParse(TestXml.OverTheWire(connect.ToElement()), out var connectRead, out _).ShouldBeTrue();
        BridgeActivation.TryParse(TestXml.OverTheWire(activation.ToElement()), out var activationRead, out _).ShouldBeTrue();
        BridgeActivated.TryParse(TestXml.OverTheWire(activated.ToElement()), out var activatedRead, out _).ShouldBeTrue();
        BridgeProgress.TryParse(TestXml.OverTheWire(progress.ToElement()), out var progressRead, out _).ShouldBeTrue();
        BridgeConnected.TryParse(TestXml.OverTheWire(connected.ToElement()), out var connectedRead).ShouldBeTrue();

        connectRead.Streamhosts.ShouldBe(connect.Streamhosts);
        (connectRead with { Streamhosts = connect.Streamhosts }).ShouldBe(connect);
        activationRead.ShouldBe(activation);
        activatedRead.ShouldBe(activated);
        progressRead.ShouldBe(progress);
        connectedRead.ShouldBe(connected);
    }

    [Theory]
    [InlineData("jid='a@b/c'", ErrorCondition.BadRequest)]
    [InlineData("sid='' jid='a@b/c'", ErrorCondition.BadRequest)]
    [InlineData("sid='s'", ErrorCondition.BadRequest)]
    [InlineData("sid='s' jid='@'", ErrorCondition.JidMalformed)]
    [InlineData("sid='s' jid='a@b/c' size='-1'", ErrorCondition.BadRequest)]
    [InlineData("sid='s' jid='a@b/c' size=''", ErrorCondition.BadRequest)]
    [InlineData("sid='s' jid='a@b/c' size='9223372036854775808'", ErrorCondition.BadRequest)]
    public void What_is_no_connect_has_its_answer(string attributes, ErrorCondition expected)
    {
        BridgeConnect.TryParse(Connect(attributes), out _, out var error).ShouldBeFalse();

        error.Condition.ShouldBe(expected);
    }

    [Theory]
    [InlineData("<connect xmlns='http://oneteam.im/bs-proxy' sid='s' jid='a@b/c'/>")]
    [InlineData("<connect xmlns='http://oneteam.im/bs-proxy' sid='s' jid='a@b/c'><streamhost jid='p' host='h' port='0'/></connect>")]
    [InlineData("<connect xmlns='x' sid='s' jid='a@b/c'><streamhost jid='p' host='h' port='1'/></connect>")]
    public void Without_a_usable_streamhost_there_is_nothing_to_connect_to(string xml)
    {
        BridgeConnect.TryParse(TestXml.Parse(xml), out _, out var error).ShouldBeFalse();

        error.Condition.ShouldBe(ErrorCondition.BadRequest);
    }

    [Fact]
    public void Streamhosts_of_either_namespace_are_read_in_order_and_bounded()
    {
        const string Hosts = "<streamhost jid='p' host='one' port='1'/><streamhost xmlns='http://jabber.org/protocol/bytestreams' jid='p' host='two' port='2'/>";
        var more = string.Concat(Enumerable.Range(1, 20).Select(i => $"<streamhost jid='p' host='h{i}' port='3'/>"));

        BridgeConnect.TryParse(TestXml.Parse($"<connect xmlns='{Namespaces.HttpBridge}' sid='s' jid='a@b/c'>{Hosts}{Hosts}{more}</connect>"), out var connect, out _).ShouldBeTrue();

        connect.Streamhosts.Count.ShouldBe(BridgeConnect.MaxStreamhosts);
        connect.Streamhosts.Take(3).Select(host => host.Host).ShouldBe(["one", "two", "h1"]);
    }

    [Theory]
    [InlineData("sid", BridgeConnect.MaxSidLength)]
    [InlineData("name", BridgeConnect.MaxNameLength)]
    [InlineData("type", BridgeConnect.MaxTypeLength)]
    public void Texts_of_a_connect_have_their_limits(string attribute, int limit)
    {
        var good = Connect("sid='s' jid='a@b/c'");

        BridgeConnect.TryParse(good.WithAttribute(attribute, new string('x', limit)), out _, out _).ShouldBeTrue();
        BridgeConnect.TryParse(good.WithAttribute(attribute, new string('x', limit + 1)), out _, out var error).ShouldBeFalse();

        error.Condition.ShouldBe(ErrorCondition.BadRequest);
    }

    [Theory]
    [InlineData("<x xmlns='http://oneteam.im/bs-proxy' size='x'/>", ErrorCondition.BadRequest)]
    [InlineData("<x xmlns='http://oneteam.im/bs-proxy' progress='yes'/>", ErrorCondition.BadRequest)]
    [InlineData("<x xmlns='other'/>", ErrorCondition.BadRequest)]
    public void What_is_no_activation_has_its_answer(string x, ErrorCondition expected)
    {
        BridgeActivation.TryParse(TestXml.Parse($"<query xmlns='{Namespaces.Bytestreams}' sid='s'><activate>a@b/c</activate>{x}</query>"), out _, out var error).ShouldBeFalse();

        error.Condition.ShouldBe(expected);
    }

    [Fact]
    public void An_activations_sid_has_the_limit_of_a_connects()
    {
        var good = new BridgeActivation(new BytestreamsActivation(new string('s', 128), Jid.Parse("a@b/c"))).ToElement();

        BridgeActivation.TryParse(good, out _, out _).ShouldBeTrue();
        BridgeActivation.TryParse(good.WithAttribute("sid", new string('s', 129)), out _, out var error).ShouldBeFalse();

        error.Condition.ShouldBe(ErrorCondition.BadRequest);
    }

    [Theory]
    [InlineData("ftp://h/x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/upload")]
    [InlineData("https://user:pw@h/x")]
    [InlineData("")]
    public void Only_http_leads_to_the_bytes(string url)
    {
        BridgeActivated.TryParse(new Element(Namespaces.HttpBridge, "activated", ("url", url)), out _, out var error).ShouldBeFalse();

        error.Condition.ShouldBe(ErrorCondition.BadRequest);
    }

    [Fact]
    public void A_url_has_its_limit()
    {
        var longest = "https://h/" + new string('x', BridgeActivated.MaxUrlLength - 10);

        BridgeActivated.TryParse(new Element(Namespaces.HttpBridge, "activated", ("url", longest)), out _, out _).ShouldBeTrue();
        BridgeActivated.TryParse(new Element(Namespaces.HttpBridge, "activated", ("url", longest + "x")), out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void The_errors_go_out_with_the_documents_codes()
    {
        Wire(BridgeErrors.NotFound).ShouldBe(("item-not-found", "cancel", "404"));
        Wire(BridgeErrors.Conflict).ShouldBe(("conflict", "cancel", "409"));
        Wire(BridgeErrors.TooMany).ShouldBe(("resource-constraint", "wait", "500"));
        Wire(BridgeErrors.Internal).ShouldBe(("internal-server-error", "wait", "500"));
    }

    [Fact]
    public void Nothing_that_arrives_makes_a_reader_throw()
    {
        var random = new RandomElements(7);
        var (connects, activations, progresses) = (0, 0, 0);
        string[] names = ["connect", "streamhost", "connected", "activated", "progress", "query", "activate", "x"];
        string[] attributes = ["sid", "jid", "size", "name", "type", "host", "port", "url", "sidhash", "total", "sent", "progress"];
        for (var i = 0; i < 5000; i++)
        {
            var element = random.Next([Namespaces.HttpBridge, Namespaces.HttpBridge, Namespaces.Bytestreams], names, attributes, depth: 2);
            if (BridgeConnect.TryParse(element, out var connect, out var error)) connects += connect.ToElement().Name.Length;
            else error.ShouldNotBeNull();
            if (BridgeActivation.TryParse(element, out var activation, out error)) activation.ToElement().ShouldNotBeNull();
            else error.ShouldNotBeNull();
            if (BridgeActivated.TryParse(element, out var activated, out error)) activated.ToElement().ShouldNotBeNull();
            else error.ShouldNotBeNull();
            if (!BridgeProgress.TryParse(element.WithAttribute("sidhash", Hash), out _, out error)) error.ShouldNotBeNull();
            else progresses++;
            var order = new Element(Namespaces.Bytestreams, "query", ("sid", "s"), new Element(Namespaces.Bytestreams, "activate", "a@b/c"), new Element(Namespaces.HttpBridge, "x", ("size", element.Attribute("size"))));
            if (BridgeActivation.TryParse(order, out _, out error)) activations++;
            else error.ShouldNotBeNull();
            if (BridgeConnected.TryParse(element, out var connected)) connected.ToElement().ShouldNotBeNull();
        }

        connects.ShouldBeGreaterThan(0);
        progresses.ShouldBeGreaterThan(0);
        activations.ShouldBeGreaterThan(0);
    }

    private static Element Connect(string attributes) =>
        TestXml.Parse($"<connect xmlns='{Namespaces.HttpBridge}' {attributes}><streamhost jid='p' host='h' port='1'/></connect>");

    private static (string Condition, string? Type, string? Code) Wire(StanzaError error)
    {
        var element = error.ToElement();
        return (element.FirstChild!.Name, element.Attribute("type"), element.Attribute("code"));
    }
}
