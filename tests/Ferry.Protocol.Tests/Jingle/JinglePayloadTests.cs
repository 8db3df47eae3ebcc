using System.Collections.Immutable;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Stanzas;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Protocol.Tests.Jingle;

public sealed class JinglePayloadTests
{
    private const string Content = "<content creator='initiator' name='c'/>";

    [Fact]
    public void Every_action_is_written_and_read()
    {
        foreach (var action in Enum.GetValues<JingleAction>())
        {
            var stanza = new JingleStanza(action, "s", new JingleContent(new ContentKey(JingleRole.Responder, "n"), JingleSenders.Both));
            Read(TestXml.OverTheWire(stanza.ToElement()).ToString()).Action.ShouldBe(action);
        }

        Enum.GetValues<JingleAction>().Length.ShouldBe(15);
        new JingleStanza(JingleAction.SessionInitiate, "s").ToElement().Attribute("action").ShouldBe("session-initiate");
    }

    [Fact]
    public void Every_reason_is_written_and_read()
    {
        foreach (var condition in Enum.GetValues<JingleReasonCondition>())
        {
            var stanza = new JingleStanza(JingleAction.SessionTerminate, "s") { Reason = new JingleReason(condition, "words") };
            Read(stanza.ToElement().ToString()).Reason.ShouldBe(new JingleReason(condition, "words"));
        }
    }

    [Theory]
    [InlineData("", JingleReasonCondition.GeneralError)]
    [InlineData("<reason/>", JingleReasonCondition.GeneralError)]
    [InlineData("<reason><failed_transport/></reason>", JingleReasonCondition.FailedTransport)] // Dino
    [InlineData("<reason><text>t</text><decline/></reason>", JingleReasonCondition.Decline)]
    [InlineData("<reason><what/></reason>", JingleReasonCondition.GeneralError)]
    [InlineData("<reason><success xmlns='urn:other'/></reason>", JingleReasonCondition.GeneralError)]
    public void Reasons_as_they_come(string reason, JingleReasonCondition expected) =>
        Read($"<jingle xmlns='urn:xmpp:jingle:1' action='session-terminate' sid='s'>{reason}</jingle>").Reason!.Condition.ShouldBe(expected);

    [Fact]
    public void A_condition_of_the_application_is_kept()
    {
        var reason = Read("<jingle xmlns='urn:xmpp:jingle:1' action='session-terminate' sid='s'><reason><media-error/>"
            + "<file-too-large xmlns='urn:xmpp:jingle:apps:file-transfer:errors:0'/></reason></jingle>").Reason!;
        reason.Application!.Name.ShouldBe("file-too-large");
        TestXml.OverTheWire(reason.ToElement()).Children.Count().ShouldBe(2);
    }

    [Fact]
    public void Everything_of_an_offer_is_read()
    {
        var offer = Read("<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='a73sjjvkla37jfea' initiator='romeo@montague.example/dr4hcr0st3lup4c'>"
            + "<content creator='initiator' name='ex' senders='initiator' disposition='early'><description xmlns='urn:d'/><transport xmlns='urn:t'/><security xmlns='urn:s'/></content></jingle>");
        offer.Initiator.ShouldBe(Jid.Parse("romeo@montague.example/dr4hcr0st3lup4c"));
        var content = offer.Contents.ShouldHaveSingleItem();
        (content.Key, content.Senders, content.Disposition).ShouldBe((new ContentKey(JingleRole.Initiator, "ex"), JingleSenders.Initiator, "early"));
        (content.Description!.Namespace, content.Transport!.Namespace, content.Security!.Namespace).ShouldBe(("urn:d", "urn:t", "urn:s"));
        Read(TestXml.OverTheWire(offer.ToElement()).ToString()).Contents[0].Key.ShouldBe(content.Key);
    }

    [Theory]
    [InlineData("<jingle xmlns='urn:xmpp:jingle:0' action='session-info' sid='s'/>")]
    [InlineData("<jingle xmlns='urn:xmpp:jingle:1' sid='s'/>")]
    [InlineData("<jingle xmlns='urn:xmpp:jingle:1' action='what' sid='s'/>")]
    [InlineData("<jingle xmlns='urn:xmpp:jingle:1' action='session-info'/>")]
    [InlineData("<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s'/>")]
    [InlineData("<jingle xmlns='urn:xmpp:jingle:1' action='transport-info' sid='s'/>")]
    [InlineData("<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s'><content creator='initiator'/></jingle>")]
    [InlineData("<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s'><content creator='nobody' name='c'/></jingle>")]
    [InlineData("<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s'><content creator='initiator' name='c' senders='all'/></jingle>")]
    [InlineData("<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s'>" + Content + Content + "</jingle>")]
    public void What_is_malformed_is_a_bad_request(string xml)
    {
        JingleStanza.TryParse(TestXml.Parse(xml), out _, out var error).ShouldBeFalse();
        error.Condition.ShouldBe(ErrorCondition.BadRequest);
    }

    [Fact]
    public void Contents_ids_and_names_have_their_limits()
    {
        JingleStanza.TryParse(Offer(32), out var most, out _).ShouldBeTrue();
        most.Contents.Length.ShouldBe(32);
        JingleStanza.TryParse(Offer(33), out _, out _).ShouldBeFalse();
        JingleStanza.TryParse(new JingleStanza(JingleAction.SessionInfo, new string('s', 257)).ToElement(), out _, out _).ShouldBeFalse();
        JingleStanza.TryParse(new JingleStanza(JingleAction.SessionInitiate, "s", new JingleContent(new ContentKey(JingleRole.Initiator, new string('n', 257)))).ToElement(), out _, out _).ShouldBeFalse();

        static Ferry.Protocol.Xml.Element Offer(int contents) => new JingleStanza(
            JingleAction.SessionInitiate, "s", [.. Enumerable.Range(0, contents).Select(i => new JingleContent(new ContentKey(JingleRole.Initiator, $"c{i}")))]).ToElement();
    }

    [Fact]
    public void Errors_say_what_they_mean()
    {
        JingleErrors.MeansUnknownSession(JingleErrors.UnknownSession).ShouldBeTrue();
        JingleErrors.MeansUnknownSession(new StanzaError(ErrorType.Cancel, ErrorCondition.ItemNotFound)).ShouldBeTrue();
        JingleErrors.MeansUnknownSession(JingleErrors.OutOfOrder).ShouldBeFalse();
        JingleErrors.MeansTieBreak(JingleErrors.TieBreak).ShouldBeTrue();
        JingleErrors.TieBreak.ToElement().ToString().ShouldContain("tie-break");
    }

    [Fact]
    public void Whatever_comes_is_read_or_refused() => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
    {
        var random = new RandomElements(seed);
        var element = random.Next([Namespaces.Jingle], ["jingle", "content", "reason", "transport", "description", "text"], ["action", "sid", "creator", "name", "senders", "initiator", "disposition"])
            .WithAttribute("action", random.Pick(["session-initiate", "transport-info", "session-info", "session-terminate", "content-add", "no"]));
        (JingleStanza.TryParse(element, out var stanza, out var error) == (stanza is not null)).ShouldBeTrue();
        (stanza is null).ShouldBe(error is not null);
        stanza?.ToElement();
    }).QuickCheckThrowOnFailure();

    private static JingleStanza Read(string xml)
    {
        JingleStanza.TryParse(TestXml.Parse(xml, ""), out var stanza, out var error).ShouldBeTrue(error?.ToString());
        return stanza;
    }
}
