using Ferry.Protocol.Addressing;
using Ferry.Protocol.Jingle.Transports;
using Ferry.Protocol.Socks5;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Protocol.Tests.Jingle.Transports;

public sealed class TransportPayloadTests
{
    private const string S5b = "urn:xmpp:jingle:transports:s5b:1";

    [Fact]
    public void The_example_of_XEP_0260_is_read()
    {
        var transport = Read($"<transport xmlns='{S5b}' dstaddr='972b7bf47291ca609517f67f86b5081086052dad' mode='tcp' sid='vj3hs98y'>"
            + "<candidate cid='hft54dqy' host='192.168.4.1' jid='romeo@montague.lit/orchard' port='5086' priority='8257636' type='direct'/>"
            + "<candidate cid='hutr46fe' host='24.24.24.1' jid='romeo@montague.lit/orchard' port='5087' priority='8258636' type='direct'/></transport>");
        (transport.Sid, transport.Destination!.Value, transport.IsUdp, transport.Candidates.Length).ShouldBe(("vj3hs98y", "972b7bf47291ca609517f67f86b5081086052dad", false, 2));
        transport.Candidates[1].ShouldBe(new Socks5Candidate("hutr46fe", new Streamhost(Jid.Parse("romeo@montague.lit/orchard"), "24.24.24.1", 5087), 8258636, CandidateType.Direct));
    }

    [Fact]
    public void All_six_attributes_are_written()
    {
        var candidate = new Socks5Candidate("c", new Streamhost(Jid.Parse("p.x"), "::1", 7777), Socks5Candidate.PriorityOf(CandidateType.Proxy, 7), CandidateType.Proxy);
        var element = TestXml.OverTheWire(candidate.ToElement());
        element.Attributes.ToArray().Select(attribute => $"{attribute.Name}={attribute.Value}").Order(StringComparer.Ordinal)
            .ShouldBe(["cid=c", "host=::1", "jid=p.x", "port=7777", "priority=655367", "type=proxy"]);
        Socks5Candidate.TryParse(element, out var read).ShouldBeTrue();
        read.ShouldBe(candidate);
    }

    [Theory]
    [InlineData("<candidate-used cid='c'/>", typeof(Socks5Notice.Used))]
    [InlineData("<candidate-error/>", typeof(Socks5Notice.Error))]
    [InlineData("<activated cid='c'/>", typeof(Socks5Notice.Activated))]
    [InlineData("<proxy-error/>", typeof(Socks5Notice.ProxyError))]
    [InlineData("<what/>", null)]
    public void Notices(string xml, Type? type)
    {
        var transport = Read($"<transport xmlns='{S5b}' sid='s'>{xml}</transport>");
        transport.Notice?.GetType().ShouldBe(type);
        Read(TestXml.OverTheWire(transport.ToElement()).ToString()).Notice.ShouldBe(transport.Notice);
    }

    [Theory]
    [InlineData("cid='c' host='1.2.3.4' jid='a@b' port='1' priority='1' type='direct'", true)]
    [InlineData("cid='c' host='1.2.3.4' jid='a@b' priority='1'", true)] // port 1080, direct
    [InlineData("host='1.2.3.4' jid='a@b' port='1' priority='1' type='direct'", false)]
    [InlineData("cid='c' jid='a@b' port='1' priority='1' type='direct'", false)]
    [InlineData("cid='c' host='1.2.3.4' port='1' priority='1' type='direct'", false)]
    [InlineData("cid='c' host='1.2.3.4' jid='a@b' port='65536' priority='1' type='direct'", false)]
    [InlineData("cid='c' host='1.2.3.4' jid='a@b' port='1' type='direct'", false)]
    [InlineData("cid='c' host='1.2.3.4' jid='a@b' port='1' priority='-1' type='direct'", false)]
    [InlineData("cid='c' host='1.2.3.4' jid='a@b' port='1' priority='1' type='pigeon'", false)]
    public void Candidates_that_can_be_used(string attributes, bool used) =>
        Read($"<transport xmlns='{S5b}' sid='s'><candidate {attributes}/></transport>").Candidates.Length.ShouldBe(used ? 1 : 0);

    [Fact]
    public void Twenty_candidates_are_read_and_twins_are_one()
    {
        string Candidates(int count, string cid = "c{0}") =>
            $"<transport xmlns='{S5b}' sid='s'>{string.Concat(Enumerable.Range(0, count).Select(i => $"<candidate cid='{string.Format(cid, i)}' host='h' jid='a@b' port='1' priority='1' type='direct'/>"))}</transport>";
        Read(Candidates(5000)).Candidates.Length.ShouldBe(20);
        Read(Candidates(20, "same")).Candidates.Length.ShouldBe(1);
    }

    [Fact]
    public void A_priority_beyond_all_is_the_highest() =>
        Read($"<transport xmlns='{S5b}' sid='s'><candidate cid='c' host='h' jid='a@b' priority='9223372036854775807'/></transport>").Candidates[0].Priority.ShouldBe((127L * 65536) - 1);

    [Theory]
    [InlineData("<transport xmlns='urn:xmpp:jingle:transports:s5b:1'/>")]
    [InlineData("<transport xmlns='urn:xmpp:jingle:transports:s5b:0' sid='s'/>")]
    [InlineData("<transport xmlns='urn:xmpp:jingle:transports:s5b:1' sid='s' dstaddr='zz'/>")]
    public void What_is_no_transport(string xml) => Socks5Transport.TryParse(TestXml.Parse(xml), out _).ShouldBeFalse();

    [Theory]
    [InlineData("sid='s' block-size='4096'", 4096)]
    [InlineData("sid='s'", 4096)]
    [InlineData("sid='s' block-size='65535' stanza='message'", 65535)]
    [InlineData("sid='s' block-size='0'", null)]
    [InlineData("sid='s' block-size='65536'", null)]
    [InlineData("sid='s' block-size='many'", null)]
    [InlineData("block-size='4096'", null)]
    public void In_band(string attributes, int? blockSize)
    {
        InBandTransport.TryParse(TestXml.Parse($"<transport xmlns='urn:xmpp:jingle:transports:ibb:1' {attributes}/>"), out var transport).ShouldBe(blockSize is not null);
        transport?.BlockSize.ShouldBe(blockSize!.Value);
        if (transport is not null) InBandTransport.TryParse(TestXml.OverTheWire(transport.ToElement()), out var again).ShouldBe(again == transport);
    }

    [Fact]
    public void Whatever_comes_is_read_or_refused() => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
    {
        var element = new RandomElements(seed).Next(
            [Namespaces.JingleSocks5, Namespaces.JingleInBand], ["transport", "candidate", "candidate-used", "activated", "proxy-error"],
            ["sid", "cid", "host", "jid", "port", "priority", "type", "dstaddr", "mode", "block-size"]);
        if (Socks5Transport.TryParse(element, out var transport)) transport.ToElement();
        if (InBandTransport.TryParse(element, out var inBand)) inBand.ToElement();
    }).QuickCheckThrowOnFailure();

    private static Socks5Transport Read(string xml)
    {
        Socks5Transport.TryParse(TestXml.Parse(xml, ""), out var transport).ShouldBeTrue();
        return transport;
    }
}
