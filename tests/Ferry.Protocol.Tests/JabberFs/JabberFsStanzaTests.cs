using Ferry.Protocol.Hashes;
using Ferry.Protocol.JabberFs;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests.JabberFs;

public sealed class JabberFsStanzaTests
{
    private const string Sid = "k3Jx9fQ2mVb80aWz";
    private const JabberFsDialect Native = JabberFsDialect.Native;

    private static readonly string Token = JabberFsPreamble.TokenOf(new byte[32]);
    private static readonly FileHash Hash = FileHash.Sha256(new string('a', 64));

    [Fact]
    public void A_proposal_to_send() =>
        Read("<connecting/><ip>12.34.56.78</ip><filename>girl.jpg</filename><filesize>35012</filesize><desc>holiday</desc>").ShouldSatisfyAllConditions(
            stanza => stanza.Sid.ShouldBe(Sid),
            stanza => stanza.State.ShouldBe(JabberFsState.Connecting),
            stanza => stanza.Hosts.ShouldBe(["12.34.56.78"]),
            stanza => (stanza.Name, stanza.Size, stanza.Start, stanza.Description).ShouldBe(("girl.jpg", 35012, null, "holiday")),
            stanza => stanza.ProblemAt(JabberFsPlace.SendProposal, Native).ShouldBeNull());

    [Fact]
    public void An_answer_that_wants_the_rest()
    {
        var stanza = Read(
            $"<listening/><append/><ip>66.66.66.66</ip><ip>[2001:db8::1]</ip><port>6666</port><auth>{Token}</auth><filesize>35012</filesize><filebytesdone>13000</filebytesdone>"
            + $"<prefix-hash>{Hash.ToElement()}</prefix-hash><unknown xmlns='x'/>");
        stanza.ProblemAt(JabberFsPlace.SendAnswer, Native).ShouldBeNull();
        (stanza.Port, stanza.Token, stanza.Size, stanza.Start).ShouldBe((6666, Token, 35012, 13000));
        stanza.Hosts.ShouldBe(["66.66.66.66", "2001:db8::1"]);
        stanza.PrefixHashes.ShouldBe([Hash]);
        stanza.Hashes.ShouldBeEmpty();
    }

    [Fact]
    public void What_is_written_is_read_again_in_every_state()
    {
        foreach (var state in Enum.GetValues<JabberFsState>())
        {
            var full = Full(state);
            var native = full.ToElement(Native);
            Read(native).ToElement(Native).ToString().ShouldBe(native.ToString());
            var legacy = full.ToElement(JabberFsDialect.Legacy);
            JabberFsStanza.TryParse(TestXml.OverTheWire(legacy), JabberFsDialect.Legacy, "file_1", out var again, out _).ShouldBeTrue();
            again!.ToElement(JabberFsDialect.Legacy).ToString().ShouldBe(legacy.ToString());
        }
    }

    [Fact]
    public void Only_what_a_state_has_a_place_for_is_written()
    {
        Names(JabberFsState.Connecting).ShouldBe(["connecting", "append", "ip", "ip", "filename", "filesize", "filebytesdone", "desc", "date", "hash", "prefix-hash"]);
        Names(JabberFsState.Listening)
            .ShouldBe(["listening", "append", "ip", "ip", "port", "auth", "filename", "filesize", "filebytesdone", "desc", "date", "hash", "prefix-hash"]);
        Names(JabberFsState.Timeout).ShouldBe(["timeout"]);
        Names(JabberFsState.Abort).ShouldBe(["abort"]);
        Names(JabberFsState.Block).ShouldBe(["block"]);
        Names(JabberFsState.Complete).ShouldBe(["complete", "filesize", "hash"]);
    }

    // The seed knows one address and neither token, date nor hash.
    [Fact]
    public void The_old_dialect_gets_only_what_it_knows() =>
        Full(JabberFsState.Listening).ToElement(JabberFsDialect.Legacy).Children.Select(child => child.Name)
            .ShouldBe(["listening", "append", "ip", "port", "filename", "filesize", "filebytesdone", "desc"]);

    [Theory]
    [InlineData("<ip>1.2.3.4</ip>", "no state")]
    [InlineData("<connecting/><listening/>", "more than one state")]
    [InlineData("<timeout/><timeout/>", "more than one state")]
    [InlineData("<connecting/><filename>a</filename><filename>b</filename>", "filename is there twice")]
    [InlineData("<connecting/><filesize>1</filesize><filesize>1</filesize>", "filesize is there twice")]
    [InlineData("<connecting/><filename/>", "filename is empty or too long")]
    [InlineData("<connecting/><filesize>-1</filesize>", "filesize is no number of bytes")]
    [InlineData("<connecting/><filesize>9223372036854775808</filesize>", "filesize is no number of bytes")]
    [InlineData("<connecting/><filesize/>", "filesize is no number of bytes")]
    [InlineData("<listening/><port>0</port>", "port is none")]
    [InlineData("<listening/><port>65536</port>", "port is none")]
    [InlineData("<listening/><auth>short</auth>", "auth is no token")]
    [InlineData("<connecting/><append/>", "no filebytesdone")]
    [InlineData("<connecting/><append/><filesize>5</filesize><filebytesdone>6</filebytesdone>", "filebytesdone is beyond filesize")]
    public void What_is_malformed_is_a_bad_request(string inner, string text) => ErrorOf(Query(inner)).ShouldBe(JabberFsStanza.BadRequest(text));

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("has a space in it")]
    [InlineData("1234567890123456789012345678901234567890123456789012345678901234x")]
    public void A_sid_that_is_none(string sid) =>
        ErrorOf(TestXml.Parse($"<query xmlns='{Namespaces.JabberFs}' sid='{sid}'><connecting/></query>")).ShouldBe(JabberFsStanza.BadRequest("no sid, or not one"));

    [Theory]
    [InlineData("<filebytesdone>5</filebytesdone>", null)] // without append it means nothing
    [InlineData("<append/><filebytesdone>5</filebytesdone>", 5L)]
    [InlineData("<append/><filebytesdone>0</filebytesdone>", 0L)]
    public void Starts(string inner, long? expected) => Read("<connecting/>" + inner).Start.ShouldBe(expected);

    [Fact]
    public void To_the_old_an_append_alone_is_from_the_start()
    {
        var query = TestXml.Parse("<query xmlns='jabber:iq:oob'><connecting/><append/></query>");
        JabberFsStanza.TryParse(query, JabberFsDialect.Legacy, "file_1", out var stanza, out _).ShouldBeTrue();
        (stanza!.Sid, stanza.Start).ShouldBe(("file_1", 0));
    }

    [Theory]
    [InlineData(JabberFsPlace.SendProposal, "<listening/>", "a proposal says connecting")]
    [InlineData(JabberFsPlace.SendProposal, "<connecting/><filesize>1</filesize>", "no filename")]
    [InlineData(JabberFsPlace.SendProposal, "<connecting/><filename>a</filename>", "no filesize")]
    [InlineData(JabberFsPlace.GetProposal, "<abort/>", "a proposal says connecting")]
    [InlineData(JabberFsPlace.GetProposal, "<connecting/>", "no filename")]
    [InlineData(JabberFsPlace.GetProposal, "<connecting/><filename>a</filename>", null)]
    [InlineData(JabberFsPlace.GetProposal, "<connecting/><filename>a</filename><append/><filebytesdone>1</filebytesdone>", "append without filesize")]
    [InlineData(JabberFsPlace.SendAnswer, "<listening/>", "no ip")]
    [InlineData(JabberFsPlace.SendAnswer, "<listening/><ip>a</ip>", "no port")]
    [InlineData(JabberFsPlace.SendAnswer, "<listening/><ip>a</ip><port>1</port>", "no auth")]
    [InlineData(JabberFsPlace.SendAnswer, "<connecting/>", null)]
    [InlineData(JabberFsPlace.SendAnswer, "<abort reason='declined'/>", null)]
    [InlineData(JabberFsPlace.SendAnswer, "<complete/>", "no answer to a proposal")]
    [InlineData(JabberFsPlace.GetAnswer, "<connecting/>", "no filesize")]
    [InlineData(JabberFsPlace.GetAnswer, "<connecting/><filesize>1</filesize>", null)]
    [InlineData(JabberFsPlace.GetAnswer, "<timeout/>", "no answer to a proposal")]
    [InlineData(JabberFsPlace.Update, "<connecting/>", "this transfer was proposed already")]
    [InlineData(JabberFsPlace.Update, "<listening/><filesize>1</filesize>", "no ip")]
    [InlineData(JabberFsPlace.Update, "<timeout/>", null)]
    [InlineData(JabberFsPlace.Update, "<block/>", null)]
    [InlineData(JabberFsPlace.Update, "<complete/>", null)]
    public void What_a_place_needs(JabberFsPlace place, string inner, string? problem) => Read(inner).ProblemAt(place, Native).ShouldBe(problem);

    [Fact]
    public void A_port_needs_a_token_except_with_the_old()
    {
        var port = new JabberFsStanza(Sid, JabberFsState.Listening) { Hosts = ["a"], Port = 1, Size = 5 };
        foreach (var place in (JabberFsPlace[])[JabberFsPlace.SendAnswer, JabberFsPlace.GetAnswer, JabberFsPlace.Update])
        {
            port.ProblemAt(place, Native).ShouldBe("no auth");
            port.ProblemAt(place, JabberFsDialect.Legacy).ShouldBeNull();
            (port with { Token = Token }).ProblemAt(place, Native).ShouldBeNull();
        }

        (port with { Token = Token, Size = null }).ProblemAt(JabberFsPlace.GetAnswer, Native).ShouldBe("no filesize");
        (port with { Token = Token, Size = null }).ProblemAt(JabberFsPlace.Update, Native).ShouldBe("no filesize");
        (port with { Token = Token, Size = null }).ProblemAt(JabberFsPlace.SendAnswer, Native).ShouldBeNull();
    }

    [Fact]
    public void Addresses_have_their_limits()
    {
        var many = string.Concat(Enumerable.Range(0, 20).Select(i => $"<ip>10.0.0.{i}</ip><ip>10.0.0.{i}</ip>"));
        Read("<connecting/>" + many).Hosts.Count.ShouldBe(8);
        Read($"<connecting/><ip/><ip> </ip><ip>a b</ip><ip>{new string('a', 256)}</ip><ip>{new string('a', 255)}</ip>").Hosts.Count.ShouldBe(1);
    }

    [Fact]
    public void Texts_have_their_limits()
    {
        Read($"<connecting/><filename>{new string('a', 255)}</filename>").Name!.Length.ShouldBe(255);
        ErrorOf(Query($"<connecting/><filename>{new string('a', 256)}</filename>")).Text.ShouldBe("filename is empty or too long");
        ErrorOf(Query($"<connecting/><filename>{new string('ä', 128)}</filename>")).Text.ShouldBe("filename is empty or too long");
        Read($"<connecting/><desc>{new string('a', 5000)}</desc>").Description!.Length.ShouldBe(1024);
        Read($"<connecting/><desc>{new string('a', 1023)}\U0001F600</desc>").Description!.Length.ShouldBe(1023);
    }

    [Theory]
    [InlineData("<abort/>", null)]
    [InlineData("<abort reason='prefix-mismatch'/>", JabberFsAbort.PrefixMismatch)]
    [InlineData("<abort reason='not-found'/>", JabberFsAbort.NotFound)]
    [InlineData("<abort reason='tired'/>", JabberFsAbort.Error)]
    [InlineData("<timeout reason='declined'/>", null)]
    public void Reasons(string state, JabberFsAbort? reason) => Read(state).Reason.ShouldBe(reason);

    [Theory]
    [InlineData("<url>http://a.example/</url>", false)]
    [InlineData("<url>http://a.example/</url><connecting/>", false)]
    [InlineData("<connecting/>", true)]
    [InlineData("<abort/>", true)]
    [InlineData("<desc>x</desc>", false)]
    public void The_old_dialect_is_told_from_out_of_band_data(string inner, bool legacy) =>
        JabberFsStanza.IsLegacy(TestXml.Parse($"<query xmlns='jabber:iq:oob'>{inner}</query>")).ShouldBe(legacy);

    [Fact]
    public void Whatever_comes_is_read_or_refused_and_what_is_read_can_be_written()
    {
        string[] names = ["query", "connecting", "listening", "append", "ip", "port", "auth", "filename", "filesize", "filebytesdone", "desc", "hash", "prefix-hash", "date", "abort"];
        var read = 0;
        for (var seed = 0; seed < 3000; seed++)
        {
            var inner = new RandomElements(seed).Next([Namespaces.JabberFs, Namespaces.Hashes], names, ["reason", "algo"], depth: 3);
            var query = new Element(Namespaces.JabberFs, "query", ("sid", Sid), new Element(Namespaces.JabberFs, "listening"), inner.Children.ToArray());
            if (!JabberFsStanza.TryParse(query, Native, "i", out var stanza, out var error))
            {
                error.Condition.ShouldBe(ErrorCondition.BadRequest);
                continue;
            }

            read++;
            Read(stanza.ToElement(Native)).ToElement(Native).ToString().ShouldBe(stanza.ToElement(Native).ToString());
        }

        read.ShouldBeGreaterThan(300);
    }

    private static IEnumerable<string> Names(JabberFsState state) => Full(state).ToElement(Native).Children.Select(child => child.Name);

    private static JabberFsStanza Full(JabberFsState state) => new(Sid, state)
    {
        Reason = state == JabberFsState.Abort ? JabberFsAbort.HashMismatch : null,
        Hosts = ["192.0.2.1", "2001:db8::1"],
        Port = 6666,
        Token = Token,
        Name = "a&b <\"ü\">.txt",
        Size = 10,
        Start = 4,
        Description = "words",
        Modified = new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero),
        Hashes = [Hash],
        PrefixHashes = [Hash],
    };

    private static Element Query(string inner) => TestXml.Parse($"<query xmlns='{Namespaces.JabberFs}' sid='{Sid}'>{inner}</query>");

    private static JabberFsStanza Read(string inner) => Read(Query(inner));

    private static JabberFsStanza Read(Element query)
    {
        JabberFsStanza.TryParse(TestXml.OverTheWire(query), Native, "i", out var stanza, out var error).ShouldBeTrue(error?.ToString());
        return stanza!;
    }

    private static StanzaError ErrorOf(Element query)
    {
        JabberFsStanza.TryParse(query, Native, "i", out _, out var error).ShouldBeFalse();
        return error!;
    }
}
