using Ferry.Protocol.Addressing;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Ferry.Protocol.Xml;
using Input = Ferry.Protocol.Jingle.JingleSessionInput;
using Output = Ferry.Protocol.Jingle.JingleSessionOutput;

namespace Ferry.Protocol.Tests.Jingle;

public sealed class JingleSessionTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Jid Self = Jid.Parse("a@x/r");
    private static readonly Element Transport = new("urn:t", "transport");
    private static readonly ContentKey One = new(JingleRole.Initiator, "1");
    private static readonly ContentKey Two = new(JingleRole.Initiator, "2");
    private static readonly ContentKey Added = new(JingleRole.Responder, "3");
    private static readonly JingleContent[] Both = [Content(One), Content(Two)];
    private static readonly JingleReason Decline = new(JingleReasonCondition.Decline);

    private static readonly (string Name, Input Input)[] Inputs =
    [
        ("Initiate", new Input.Initiate([.. Both])),
        ("Accept 1", new Input.Accept([Both[0]])),
        ("Add", new Input.Add(Content(new ContentKey(JingleRole.Initiator, "9")))),
        ("AcceptContent", new Input.AcceptContent(Content(Added))),
        ("RejectContent", new Input.RejectContent(Added, Decline)),
        ("Remove 1", new Input.Remove(One, Decline)),
        ("Tell", new Input.Tell(null)),
        ("SendTransport", new Input.SendTransport(JingleAction.TransportInfo, One, Transport)),
        ("Terminate", new Input.Terminate(Decline)),
        ("Answered", new Input.Answered(1, null)),
        ("Answered busy", new Input.Answered(1, JingleErrors.Busy)),
        ("Answered unknown-session", new Input.Answered(1, JingleErrors.UnknownSession)),
        ("Streaming", new Input.Streaming(One, true)),
        ("PeerGone", new Input.PeerGone()),
        ("PeerBack", new Input.PeerBack()),
        ("StreamLost", new Input.StreamLost()),
        ("Tick", new Input.Tick()),
        ("< session-initiate", From(JingleAction.SessionInitiate, Both)),
        ("< session-accept", From(JingleAction.SessionAccept, Both)),
        ("< session-accept 1", From(JingleAction.SessionAccept, Both[0])),
        ("< session-accept other", From(JingleAction.SessionAccept, Content(new ContentKey(JingleRole.Initiator, "7")))),
        ("< session-terminate", From(JingleAction.SessionTerminate)),
        ("< session-info", new Input.Arrived("q", new JingleStanza(JingleAction.SessionInfo, "s") { Info = new Element("urn:i", "info") })),
        ("< session-info ping", From(JingleAction.SessionInfo)),
        ("< description-info", From(JingleAction.DescriptionInfo)),
        ("< security-info", From(JingleAction.SecurityInfo)),
        ("< content-modify", From(JingleAction.ContentModify, Both[0])),
        ("< content-add", From(JingleAction.ContentAdd, Content(Added))),
        ("< content-add of another's", From(JingleAction.ContentAdd, Content(new ContentKey(JingleRole.Initiator, "8")))),
        ("< content-accept 1", From(JingleAction.ContentAccept, Both[0])),
        ("< content-reject 1", From(JingleAction.ContentReject, Both[0])),
        ("< content-remove 1", From(JingleAction.ContentRemove, Both[0])),
        ("< content-remove both", From(JingleAction.ContentRemove, Both)),
        ("< transport-info 1", From(JingleAction.TransportInfo, Both[0])),
        ("< transport-info other", From(JingleAction.TransportInfo, Content(new ContentKey(JingleRole.Initiator, "7")))),
        ("< transport-replace 1", From(JingleAction.TransportReplace, Both[0])),
        ("< transport-replace both", From(JingleAction.TransportReplace, Both)),
        ("< transport-accept 1", From(JingleAction.TransportAccept, Both[0])),
        ("< transport-reject 1", From(JingleAction.TransportReject, Both[0])),
        ("< transport-info without", From(JingleAction.TransportInfo, new JingleContent(One))),
    ];

    private static readonly Input[] ToOffering = [new Input.Initiate([.. Both])];
    private static readonly Input[] ToRinging = [From(JingleAction.SessionInitiate, Both)];

    private static readonly (string Name, JingleRole Role, Input[] Path)[] States =
    [
        ("i idle", JingleRole.Initiator, []),
        ("i offering", JingleRole.Initiator, ToOffering),
        ("i offering, acked", JingleRole.Initiator, [.. ToOffering, new Input.Answered(1, null)]),
        ("i active", JingleRole.Initiator, [.. ToOffering, From(JingleAction.SessionAccept, Both)]),
        ("i away", JingleRole.Initiator, [.. ToOffering, From(JingleAction.SessionAccept, Both), new Input.PeerGone()]),
        ("i ended", JingleRole.Initiator, [.. ToOffering, new Input.Terminate(Decline)]),
        ("r idle", JingleRole.Responder, []),
        ("r ringing", JingleRole.Responder, ToRinging),
        ("r active", JingleRole.Responder, [.. ToRinging, new Input.Accept([.. Both])]),
        ("r ended", JingleRole.Responder, [.. ToRinging, From(JingleAction.SessionTerminate)]),
    ];

    [Fact]
    public void Every_state_with_every_input()
    {
        MachineTable.ShouldCoverFamily(Inputs.Select(input => input.Input));
        var lines = from state in States from input in Inputs select $"{state.Name} | {input.Name} | {Try(state.Role, state.Path, input.Input)}";
        lines.ShouldBeLines(Table());

        static string Try(JingleRole role, Input[] path, Input input)
        {
            var machine = Machine(role, path);
            try
            {
                return Show(machine.Handle(input, machine.NextDeadline ?? Start));
            }
            catch (InvalidOperationException)
            {
                return "throws";
            }
        }
    }

    [Fact]
    public void Every_request_is_answered_once()
    {
        foreach (var (name, role, path) in States)
        {
            foreach (var (inputName, input) in Inputs.Where(input => input.Input is Input.Arrived))
            {
                Machine(role, path).Handle(input, Start)
                    .Count(output => output is Output.Acknowledge or Output.Refuse or Output.InfoArrived or Output.TransportReplace)
                    .ShouldBe(1, $"{name} {inputName}");
            }
        }
    }

    [Fact]
    public void Deadlines()
    {
        Machine(JingleRole.Initiator, ToOffering).NextDeadline.ShouldBe(Start.AddSeconds(30));
        Machine(JingleRole.Initiator, [.. ToOffering, new Input.Answered(1, null)]).NextDeadline.ShouldBe(Start.AddSeconds(600));
        Machine(JingleRole.Initiator, [.. ToOffering, From(JingleAction.SessionAccept, Both)]).NextDeadline.ShouldBeNull();
        Machine(JingleRole.Responder, [.. ToRinging, new Input.Accept([.. Both]), new Input.PeerGone()]).NextDeadline.ShouldBe(Start.AddSeconds(10));
        foreach (var (name, role, path) in States.Where(state => state.Path.Length > 0)) Machine(role, path).Handle(new Input.Tick(), Start).ShouldBeEmpty(name);
    }

    [Fact]
    public void A_peer_that_acknowledged_and_then_said_nothing_is_named_so()
    {
        var ended = Machine(JingleRole.Initiator, [.. ToOffering, new Input.Answered(1, null)]).Handle(new Input.Tick(), Start.AddSeconds(600)).OfType<Output.Ended>().Single();
        (ended.Failure, ended.Text).ShouldBe((FailureReason.Timeout, "the peer acknowledged the offer and then did not answer it"));
    }

    [Fact]
    public void Bytes_that_flow_need_no_presence()
    {
        var machine = Machine(JingleRole.Initiator, [.. ToOffering, From(JingleAction.SessionAccept, Both), new Input.Streaming(One, true), new Input.PeerGone()]);
        machine.Handle(new Input.Tick(), Start.AddSeconds(10)).ShouldBeEmpty();
        machine.NextDeadline.ShouldBeNull();
        machine.Handle(new Input.Streaming(One, false), Start.AddSeconds(100)).ShouldBeEmpty();
        machine.NextDeadline.ShouldBe(Start.AddSeconds(110));
        Show(machine.Handle(new Input.Tick(), Start.AddSeconds(110))).ShouldBe("Send(session-terminate failed-transport) Ended(Nobody Absent)");
    }

    [Fact]
    public void A_peer_that_comes_back_in_time_was_never_away()
    {
        var machine = Machine(JingleRole.Initiator, [.. ToOffering, From(JingleAction.SessionAccept, Both), new Input.PeerGone(), new Input.PeerBack()]);
        machine.NextDeadline.ShouldBeNull();
        machine.IsActive.ShouldBeTrue();
    }

    [Fact]
    public void Contents_come_and_go_on_both_sides()
    {
        var machine = Machine(JingleRole.Initiator, [.. ToOffering, From(JingleAction.SessionAccept, Both)]);
        Show(machine.Handle(From(JingleAction.ContentAdd, Content(Added)), Start)).ShouldBe("Acknowledge ContentAdded(3)");
        Show(machine.Handle(new Input.AcceptContent(Content(Added)), Start)).ShouldBe("Send(content-accept 3)");
        Show(machine.Handle(new Input.Add(Content(new ContentKey(JingleRole.Initiator, "9"))), Start)).ShouldBe("Send(content-add 9)");
        Show(machine.Handle(From(JingleAction.ContentAccept, Content(new ContentKey(JingleRole.Initiator, "9"))), Start)).ShouldBe("Acknowledge ContentAccepted(9)");
        Show(machine.Handle(From(JingleAction.ContentAccept, Content(new ContentKey(JingleRole.Initiator, "9"))), Start)).ShouldBe("Refuse(out-of-order)");
        foreach (var key in new[] { One, Two, Added }) machine.Handle(new Input.Remove(key, Decline), Start);
        Show(machine.Handle(From(JingleAction.ContentRemove, Content(new ContentKey(JingleRole.Initiator, "9"))), Start))
            .ShouldBe("Acknowledge ContentRemoved(9 general-error) Send(session-terminate general-error) Ended(Here -)");
    }

    [Fact]
    public void A_session_has_at_most_so_many_contents()
    {
        var machine = Machine(JingleRole.Initiator, [.. ToOffering, From(JingleAction.SessionAccept, Both)]);
        var added = 0;
        for (var i = 0; i < 100; i++)
        {
            if (machine.Handle(From(JingleAction.ContentAdd, Content(new ContentKey(JingleRole.Responder, $"r{i}"))), Start).Any(output => output is Output.ContentAdded)) added++;
        }

        added.ShouldBe(JingleStanza.MostContents - 2);
    }

    [Fact]
    public void A_replace_that_was_refused_is_told_to_the_content()
    {
        var machine = Machine(JingleRole.Initiator, [.. ToOffering, From(JingleAction.SessionAccept, Both)]);
        var send = machine.Handle(new Input.SendTransport(JingleAction.TransportReplace, Two, Transport), Start).OfType<Output.Send>().Single();
        machine.Handle(new Input.Answered(send.Token, JingleErrors.TieBreak), Start).ShouldBe([new Output.ReplaceRefused(Two, JingleErrors.TieBreak)]);
        machine.Handle(new Input.Answered(send.Token, JingleErrors.TieBreak), Start).ShouldBeEmpty(); // some answer twice
    }

    [Fact]
    public void What_is_left_out_of_an_acceptance_is_removed()
    {
        Show(Machine(JingleRole.Initiator, ToOffering).Handle(From(JingleAction.SessionAccept, Both[1]), Start)).ShouldBe("Acknowledge Accepted(2) ContentRemoved(1 decline)");
        Show(Machine(JingleRole.Responder, ToRinging).Handle(new Input.Accept([Both[1]]), Start)).ShouldBe("Send(session-accept 2) Send(content-remove 1 decline)");
        Show(Machine(JingleRole.Responder, [.. ToRinging, From(JingleAction.ContentRemove, Both[1])]).Handle(new Input.Accept([Both[1]]), Start))
            .ShouldBe("Send(session-terminate decline) Ended(Here -)");
    }

    internal static string Show(IReadOnlyList<Output> outputs) => outputs.Count == 0 ? "-" : string.Join(" ", outputs.Select(Describe));

    private static string Describe(Output output) => output switch
    {
        Output.Send(_, var stanza) => $"Send({Brief(stanza)})",
        Output.Acknowledge => "Acknowledge",
        Output.Refuse(_, var error) => $"Refuse({error.Application?.Name ?? error.ConditionName})",
        Output.Offered(var contents) => $"Offered({Names(contents)})",
        Output.Accepted(var contents) => $"Accepted({Names(contents)})",
        Output.ContentAdded(var content) => $"ContentAdded({content.Key.Name})",
        Output.ContentAccepted(var content) => $"ContentAccepted({content.Key.Name})",
        Output.ContentRemoved(var key, var reason) => $"ContentRemoved({key.Name} {reason})",
        Output.InfoArrived(_, var info) => $"InfoArrived({info.Name})",
        Output.TransportInfo(var key, _) => $"TransportInfo({key.Name})",
        Output.TransportReplace(_, var key, _) => $"TransportReplace({key.Name})",
        Output.TransportAccepted(var key, _) => $"TransportAccepted({key.Name})",
        Output.TransportRejected(var key) => $"TransportRejected({key.Name})",
        Output.ReplaceRefused(var key, _) => $"ReplaceRefused({key.Name})",
        _ => $"Ended({((Output.Ended)output).End} {((Output.Ended)output).Failure?.ToString() ?? "-"})",
    };

    private static string Brief(JingleStanza stanza) =>
        $"{stanza.ToElement().Attribute("action")} {Names(stanza.Contents)} {stanza.Reason}".Replace("  ", " ", StringComparison.Ordinal).Trim();

    private static string Names(IEnumerable<JingleContent> contents) => string.Join('+', contents.Select(content => content.Key.Name));

    private static JingleContent Content(ContentKey key) => new(key, JingleSenders.Initiator, new Element("urn:d", "description"), Transport);

    private static Input.Arrived From(JingleAction action, params JingleContent[] contents) => new("q", new JingleStanza(action, "s", [.. contents]));

    private static JingleSession Machine(JingleRole role, Input[] path)
    {
        var machine = new JingleSession(role, Self, "s");
        foreach (var input in path) machine.Handle(input, Start);
        return machine;
    }

    private static string Table()
    {
        using var stream = typeof(JingleSessionTests).Assembly.GetManifestResourceStream("Ferry.Protocol.Tests.Jingle.JingleSessionTable.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
