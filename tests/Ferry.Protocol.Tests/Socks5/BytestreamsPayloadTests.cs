using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests.Socks5;

public sealed class BytestreamsPayloadTests
{
    private static Element Query(string rest) => TestXml.Parse($"<query xmlns='{Namespaces.Bytestreams}' {rest}");

    [Fact]
    public void Libpurples_offer_is_read_in_its_order()
    {
        var query = Query(
            "sid='purplec95f865b'><streamhost jid='u7@localhost/purple-s29614-12' host='192.0.2.2' port='35181'/>" +
            "<streamhost jid='u7@localhost/purple-s29614-12' host='fd00::2' port='35181'/>" +
            "<streamhost jid='proxy.localhost' host='127.0.0.2' port='18777'/></query>");

        BytestreamsOffer.TryParse(query, out var offer, out _).ShouldBeTrue();

        offer.Sid.ShouldBe("purplec95f865b");
        offer.DestinationAddress.ShouldBeNull();
        offer.Streamhosts.Select(s => $"{s.Jid} {s.Host} {s.Port}").ShouldBe(
            ["u7@localhost/purple-s29614-12 192.0.2.2 35181", "u7@localhost/purple-s29614-12 fd00::2 35181", "proxy.localhost 127.0.0.2 18777"]);
    }

    [Theory]
    [InlineData("jid='a@b/c' host='h'", "h:1080")]
    [InlineData("jid='a@b/c' host='[::1]' port='1'", "::1:1")]
    [InlineData("jid='a@b/c' host='h' port='65535'", "h:65535")]
    [InlineData("jid='a@b/c' host='h' port='0'", null)]
    [InlineData("jid='a@b/c' host='h' port='65536'", null)]
    [InlineData("jid='a@b/c' host='h' port='-1'", null)]
    [InlineData("jid='a@b/c' host='h' port=''", null)]
    [InlineData("jid='a@b/c' host='' port='1'", null)]
    [InlineData("jid='a@b/c' host='a b' port='1'", null)]
    [InlineData("jid='a@b/c' port='1'", null)]
    [InlineData("jid='@' host='h' port='1'", null)]
    [InlineData("host='h' port='1'", null)]
    public void A_streamhost_is_usable_or_left_out(string attributes, string? expected)
    {
        BytestreamsOffer.TryParse(Query($"sid='s'><streamhost {attributes}/></query>"), out var offer, out _).ShouldBeTrue();

        offer.Streamhosts.Select(s => $"{s.Host}:{s.Port}").ShouldBe(expected is null ? [] : [expected]);
    }

    [Theory]
    [InlineData("/>", ErrorCondition.BadRequest)]
    [InlineData("sid=''/>", ErrorCondition.BadRequest)]
    [InlineData("sid='s' mode='udp'/>", ErrorCondition.FeatureNotImplemented)]
    [InlineData("sid='s' dstaddr='x'/>", ErrorCondition.BadRequest)]
    [InlineData("sid='s' dstaddr='972b7bf47291ca609517f67f86b5081086052dag'/>", ErrorCondition.BadRequest)]
    public void What_is_no_offer_has_its_answer(string rest, ErrorCondition expected)
    {
        BytestreamsOffer.TryParse(Query(rest), out _, out var error).ShouldBeFalse();

        error.Condition.ShouldBe(expected);
    }

    [Fact]
    public void Seventeen_hosts_are_sixteen_and_twins_are_one()
    {
        var hosts = string.Concat(Enumerable.Range(1, 17).Select(i => $"<streamhost jid='a@b/c' host='h{i}' port='1'/><streamhost jid='a@b/c' host='h{i}' port='1'/>"));

        BytestreamsOffer.TryParse(Query($"sid='s'>{hosts}</query>"), out var offer, out _).ShouldBeTrue();

        offer.Streamhosts.Select(s => s.Host).ShouldBe(Enumerable.Range(1, 16).Select(i => $"h{i}"));
    }

    [Theory]
    [InlineData(255, 1)]
    [InlineData(256, 0)]
    public void A_host_name_has_its_limit(int length, int read)
    {
        BytestreamsOffer.TryParse(Query($"sid='s'><streamhost jid='a@b/c' host='{new string('h', length)}'/></query>"), out var offer, out _).ShouldBeTrue();

        offer.Streamhosts.Count.ShouldBe(read);
    }

    [Fact]
    public void Payloads_survive_the_wire()
    {
        var host = new Streamhost(Jid.Parse("a@b/c"), "2001:db8::7", 7777);
        var offer = new BytestreamsOffer("sid", [host, host with { Host = "x.example" }], "972b7bf47291ca609517f67f86b5081086052dad");
        var used = new StreamhostUsed(Jid.Parse("proxy.example/res"), "sid");
        var activation = new BytestreamsActivation("sid", Jid.Parse("target@example.org/bar"));

        BytestreamsOffer.TryParse(TestXml.OverTheWire(offer.ToElement()), out var offerRead, out _).ShouldBeTrue();
        StreamhostUsed.TryParse(TestXml.OverTheWire(used.ToElement()), out var usedRead).ShouldBeTrue();
        BytestreamsActivation.TryParse(TestXml.OverTheWire(activation.ToElement()), out var activationRead, out _).ShouldBeTrue();
        ProxyAddress.TryParse(TestXml.OverTheWire(new ProxyAddress([host]).ToElement()), out var addressRead).ShouldBeTrue();

        offerRead.ToElement().ToString().ShouldBe(offer.ToElement().ToString());
        usedRead.ShouldBe(used);
        activationRead.ShouldBe(activation);
        addressRead.Streamhosts.ShouldBe([host]);
    }

    [Fact]
    public void Prosodys_address_and_libpurples_answer_are_read()
    {
        ProxyAddress.TryParse(Query("><streamhost jid='proxy.localhost' port='18777' host='127.0.0.2'/></query>"), out var address).ShouldBeTrue();
        StreamhostUsed.TryParse(Query("><streamhost-used jid='u7@localhost/purple-s29614-12'/></query>"), out var used).ShouldBeTrue();

        address.Streamhosts.ShouldBe([new Streamhost(Jid.Parse("proxy.localhost"), "127.0.0.2", 18777)]);
        used.ShouldBe(new StreamhostUsed(Jid.Parse("u7@localhost/purple-s29614-12")));
    }

    [Fact]
    public void Answers_that_name_nothing_are_not_read()
    {
        ProxyAddress.TryParse(Query("/>"), out _).ShouldBeFalse();
        StreamhostUsed.TryParse(Query("/>"), out _).ShouldBeFalse();
        StreamhostUsed.TryParse(Query("><streamhost-used/></query>"), out _).ShouldBeFalse();
        BytestreamsActivation.TryParse(Query("><activate>a@b/c</activate></query>"), out _, out var noSid).ShouldBeFalse();
        noSid.Condition.ShouldBe(ErrorCondition.BadRequest);
        BytestreamsActivation.TryParse(Query("sid='s'><activate>@</activate></query>"), out _, out var noAddress).ShouldBeFalse();
        noAddress.Condition.ShouldBe(ErrorCondition.JidMalformed);
    }

    [Fact]
    public void Nothing_that_arrives_makes_a_reader_throw()
    {
        var random = new RandomElements(2);
        var read = 0;
        for (var i = 0; i < 3000; i++)
        {
            var element = random.Next([Namespaces.Bytestreams, ""], ["query", "streamhost", "streamhost-used", "activate"], ["sid", "mode", "dstaddr", "jid", "host", "port"], depth: 3);
            if (BytestreamsOffer.TryParse(element, out _, out var error)) read++;
            else error.ShouldNotBeNull();
            if (StreamhostUsed.TryParse(element, out var used)) used.ToElement().ShouldNotBeNull();
            if (BytestreamsActivation.TryParse(element, out var activation, out _)) activation.ToElement().ShouldNotBeNull();
            if (ProxyAddress.TryParse(element, out var address)) address.ToElement().ShouldNotBeNull();
        }

        read.ShouldBeGreaterThan(0);
    }
}
