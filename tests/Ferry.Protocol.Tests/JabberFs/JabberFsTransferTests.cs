using Ferry.Protocol.Hashes;
using Ferry.Protocol.JabberFs;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Input = Ferry.Protocol.JabberFs.JabberFsInput;
using Output = Ferry.Protocol.JabberFs.JabberFsOutput;

namespace Ferry.Protocol.Tests.JabberFs;

/// <summary>What each side does in every state with every input, in a table that people read.</summary>
public sealed class JabberFsTransferTests
{
    private const string Sid = "k3Jx9fQ2mVb80aWz";

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly FileHash Hash = FileHash.Sha256(new string('a', 64));
    private static readonly StanzaError Error = new(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);
    private static readonly Input.PortOpen Port = new(["192.0.2.1"], 6666, "t");

    private static readonly JabberFsStanza Listening =
        new(Sid, JabberFsState.Listening) { Hosts = ["192.0.2.2"], Port = 7777, Token = "u", Size = 100 };

    private static readonly JabberFsStanza Connecting = new(Sid, JabberFsState.Connecting) { Size = 100 };

    private static readonly (string Name, Input Input)[] Inputs =
    [
        ("Begin", new Input.Begin()),
        ("Answered listening", new Input.Answered(Listening)),
        ("Answered connecting", new Input.Answered(Connecting)),
        ("Answered abort", new Input.Answered(Abort(JabberFsAbort.Declined))),
        ("AnswerUnreadable", new Input.AnswerUnreadable("x")),
        ("Refused", new Input.Refused(Error)),
        ("Judged", new Input.Judged(null)),
        ("Judged prefix-mismatch", new Input.Judged(JabberFsAbort.PrefixMismatch)),
        ("Judged size-changed", new Input.Judged(JabberFsAbort.SizeChanged)),
        ("Accept", new Input.Accept(100, null, [], [])),
        ("Accept no byte", new Input.Accept(100, 100, [], [])),
        ("Decline", new Input.Decline(JabberFsAbort.Declined)),
        ("PortOpen", Port),
        ("PortFailed", new Input.PortFailed("x")),
        ("Connected", new Input.Connected()),
        ("ConnectFailed", new Input.ConnectFailed("x")),
        ("Transferred", new Input.Transferred()),
        ("Failed", new Input.Failed(FailureReason.StreamLost, null, "x")),
        ("Failed, tell", new Input.Failed(FailureReason.DiskFull, JabberFsAbort.Error, "x")),
        ("Verified", new Input.Verified([Hash])),
        ("CompleteAnswered", new Input.CompleteAnswered()),
        ("listening came", new Input.Arrived(Listening, "q")),
        ("listening, other size came", new Input.Arrived(Listening with { Size = 99 }, "q")),
        ("timeout came", new Input.Arrived(new JabberFsStanza(Sid, JabberFsState.Timeout), "q")),
        ("abort came", new Input.Arrived(Abort(JabberFsAbort.Cancelled), "q")),
        ("block came", new Input.Arrived(new JabberFsStanza(Sid, JabberFsState.Block), "q")),
        ("complete came", new Input.Arrived(new JabberFsStanza(Sid, JabberFsState.Complete) { Hashes = [Hash] }, "q")),
        ("connecting came", new Input.Arrived(Connecting, "q")),
        ("listening refused", new Input.UpdateRefused(JabberFsState.Listening, Error)),
        ("timeout refused", new Input.UpdateRefused(JabberFsState.Timeout, Error)),
        ("complete refused", new Input.UpdateRefused(JabberFsState.Complete, Error)),
        ("abort refused", new Input.UpdateRefused(JabberFsState.Abort, Error)),
        ("Tick", new Input.Tick()),
        ("Cancel", new Input.Cancel()),
        ("PeerGone", new Input.PeerGone()),
        ("SessionLost", new Input.SessionLost()),
    ];

    private static readonly string[] ToJudging = ["Begin", "Answered listening"];
    private static readonly string[] ToConnecting = [.. ToJudging, "Judged"];
    private static readonly string[] ToReverse = ["Begin", "Answered connecting", "Judged"];
    private static readonly string[] ToOpening = ["Begin", "Accept"];
    private static readonly string[] ToListening = [.. ToOpening, "PortOpen"];

    private static readonly (string Name, string[] Path)[] ProposerStates =
    [
        ("Idle", []),
        ("Proposed", ["Begin"]),
        ("Judging listening", ToJudging),
        ("Judging listening, port closed", [.. ToJudging, "timeout came"]),
        ("Judging connecting", ["Begin", "Answered connecting"]),
        ("Connecting", ToConnecting),
        ("OpeningPort, asked to", ToReverse),
        ("Listening, asked to", [.. ToReverse, "PortOpen"]),
        ("OpeningPort, swapped", [.. ToConnecting, "ConnectFailed"]),
        ("Listening, swapped", [.. ToConnecting, "ConnectFailed", "PortOpen"]),
        ("AwaitingSwap", [.. ToReverse, "PortOpen", "Tick"]),
        ("Connecting, swapped", [.. ToReverse, "PortOpen", "listening came"]),
        ("Streaming", [.. ToConnecting, "Connected"]),
        ("Streaming, port closed", [.. ToConnecting, "Connected", "timeout came"]),
        ("Over", ["Begin", "Cancel"]),
    ];

    private static readonly (string Name, string[] Path)[] AnswererStates =
    [
        ("Idle", []),
        ("Asking", ["Begin"]),
        ("OpeningPort", ToOpening),
        ("Listening", ToListening),
        ("AwaitingPort", [.. ToOpening, "PortFailed"]),
        ("Connecting, asked to", [.. ToOpening, "PortFailed", "listening came"]),
        ("AwaitingSwap", [.. ToListening, "Tick"]),
        ("Connecting, swapped", [.. ToListening, "listening came"]),
        ("OpeningPort, swapped", [.. ToOpening, "PortFailed", "listening came", "ConnectFailed"]),
        ("Listening, swapped", [.. ToOpening, "PortFailed", "listening came", "ConnectFailed", "PortOpen"]),
        ("Streaming", [.. ToListening, "Connected"]),
        ("Over", ["Begin", "Decline"]),
    ];

    [Fact]
    public void Every_state_with_every_input()
    {
        MachineTable.ShouldCoverFamily(Inputs.Select(input => input.Input));
        var lines = new List<string>();
        foreach (var (role, terms, states) in Roles())
        {
            lines.Add($"# {role}");
            foreach (var (name, path) in states) lines.AddRange(LinesOf(name, terms, path));
            lines.Add("");
        }

        var expected = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "JabberFs", "transfer-table.txt"));
        string.Join("\n", lines).Trim().ShouldBe(expected.ReplaceLineEndings("\n").Trim());
    }

    [Fact]
    public void Ticks_before_the_deadline_do_nothing()
    {
        foreach (var (role, terms, states) in Roles())
        {
            foreach (var (name, path) in states) At(terms, path).Handle(new Input.Tick(), Now).ShouldBeEmpty($"{role}, {name}");
        }
    }

    [Fact]
    public void Deadlines()
    {
        Seconds(Terms(true, true), "Begin").ShouldBe(300);
        Seconds(Terms(false, false), "Begin").ShouldBe(120);
        Seconds(Terms(false, false), ToListening).ShouldBe(30);
        Seconds(Terms(false, false), [.. ToListening, "Tick"]).ShouldBe(30 + 30);
        Seconds(Terms(false, false), [.. ToOpening, "PortFailed"]).ShouldBe(60);
        Seconds(Terms(true, true), [.. ToConnecting, "Connected", "Transferred"]).ShouldBe(120);
        Seconds(Terms(false, false), [.. ToListening, "Connected", "Transferred", "Verified"]).ShouldBe(10);
        Seconds(Terms(true, true), ToConnecting).ShouldBeNull(); // the dialling has its own
        Seconds(Terms(true, true), [.. ToConnecting, "Connected"]).ShouldBeNull(); // so have the bytes

        double? Seconds(JabberFsTerms terms, params string[] path) => (At(terms, path).NextDeadline - Now)?.TotalSeconds;
    }

    [Fact]
    public void The_receivers_word_may_be_ahead_of_the_senders_socket()
    {
        var sender = At(Terms(true, true), [.. ToConnecting, "Connected"]);
        Show(sender, "complete came").ShouldBe("Acknowledge");
        Show(sender, "Transferred").ShouldBe("Done(confirmed sha-256)");
        var broken = At(Terms(true, true), [.. ToConnecting, "Connected", "complete came"]);
        Show(broken, "Failed").ShouldBe("Done(confirmed sha-256)");
    }

    [Fact]
    public void A_file_without_bytes_needs_no_connection()
    {
        var empty = Connecting with { Size = 0 };
        var sender = new JabberFsTransfer(Terms(true, true) with { Proposal = Proposal with { Size = 0 } });
        sender.Handle(new Input.Begin(), Now);
        Outcome(sender, new Input.Answered(empty)).ShouldBe("Judge(connecting)");
        Show(sender, "complete came").ShouldBe("Acknowledge"); // while it is still judging
        Show(sender, "Judged").ShouldBe("Done(confirmed sha-256)");

        var receiver = At(Terms(false, false), ["Begin"]);
        Outcome(receiver, new Input.Accept(0, null, [], [])).ShouldBe("SendAnswer(connecting) Verify");
        Show(receiver, "Verified").ShouldBe("SendUpdate(complete)");
    }

    [Fact]
    public void A_port_that_was_opened_for_nothing_is_acknowledged()
    {
        var receiver = At(Terms(false, false), ["Begin", "Accept no byte"]);
        Show(receiver, "listening came").ShouldBe("Acknowledge");
    }

    [Fact]
    public void A_part_of_a_file_is_moved_from_where_it_begins()
    {
        var sender = At(Terms(true, true), ["Begin"]);
        Outcome(sender, new Input.Answered(Listening with { Start = 40 })).ShouldBe("Judge(listening)");
        Show(sender, "Judged").ShouldBe("Connect(192.0.2.2:7777)");
        Show(sender, "Connected").ShouldBe("Move(40..100)");
    }

    [Theory]
    [InlineData(true, 99L, null)] // another size than was offered
    [InlineData(true, null, 101L)] // behind its end
    [InlineData(false, 100L, 10L)] // a part that was not asked for
    public void An_answer_that_does_not_fit_ends_it(bool sending, long? size, long? start)
    {
        var machine = At(Terms(true, sending), ["Begin"]);
        Outcome(machine, new Input.Answered(Listening with { Size = size, Start = start })).ShouldBe("SendUpdate(abort error) Ended(Protocol)");
    }

    [Fact]
    public void Who_asks_for_the_rest_is_given_the_rest_or_another_size()
    {
        var terms = Terms(true, false) with { Proposal = Proposal with { Size = 100, Start = 30 } };
        var rest = At(terms, ["Begin"]);
        Outcome(rest, new Input.Answered(Listening with { Start = 30 })).ShouldBe("Judge(listening)");
        Show(rest, "Judged").ShouldBe("Connect(192.0.2.2:7777)");
        Show(rest, "Connected").ShouldBe("Move(30..100)");

        var other = At(terms, ["Begin"]);
        Outcome(other, new Input.Answered(Listening with { Size = 200 })).ShouldBe("Judge(listening)");
        Show(other, "Judged").ShouldBe("Connect(192.0.2.2:7777)");
        Show(other, "Connected").ShouldBe("Move(0..200)");

        var blocked = At(terms, ["Begin"]);
        Outcome(blocked, new Input.Answered(Listening with { Size = 200 })).ShouldBe("Judge(listening)");
        Show(blocked, "Judged size-changed").ShouldBe("SendUpdate(block) Ended(SourceChanged)");
    }

    [Fact]
    public void The_old_dialect_has_no_word_for_the_end()
    {
        var sender = At(Terms(true, true) with { Dialect = JabberFsDialect.Legacy }, [.. ToConnecting, "Connected"]);
        Show(sender, "Transferred").ShouldBe("Done(unconfirmed)");
        var receiver = At(Terms(false, false) with { Dialect = JabberFsDialect.Legacy }, [.. ToListening, "Connected", "Transferred"]);
        Show(receiver, "Verified").ShouldBe("Done(confirmed)");
        var empty = At(Terms(false, false) with { Dialect = JabberFsDialect.Legacy }, ["Begin"]);
        Outcome(empty, new Input.Accept(0, null, [], [])).ShouldBe("OpenPort"); // connects and closes, as it did then
    }

    [Fact]
    public void Without_the_session_a_close_in_order_has_to_do()
    {
        var sender = At(Terms(true, true), [.. ToConnecting, "Connected", "SessionLost", "Transferred"]);
        sender.NextDeadline.ShouldBe(Now + TimeSpan.FromSeconds(10));
        Outcome(sender, new Input.Tick(), sender.NextDeadline).ShouldBe("Done(unconfirmed)");
        var later = At(Terms(true, true), [.. ToConnecting, "Connected", "Transferred", "SessionLost"]);
        later.NextDeadline.ShouldBe(Now + TimeSpan.FromSeconds(10));
        Outcome(later, new Input.Tick(), later.NextDeadline).ShouldBe("Done(unconfirmed)");
    }

    [Fact]
    public void Misuse_throws()
    {
        Should.Throw<InvalidOperationException>(() => At(Terms(true, true), ["Begin", "Begin"]));
        Show(At(Terms(true, true), ["Cancel"]), "Begin").ShouldBe("-");
        Should.Throw<ArgumentException>(() => At(Terms(false, false), ["Begin"]).Handle(new Input.Accept(5, 6, [], []), Now));
    }

    private static JabberFsStanza Proposal => new(Sid, JabberFsState.Connecting) { Name = "a", Size = 100 };

    private static JabberFsTerms Terms(bool proposer, bool sender) => new(Proposal, proposer, sender);

    private static IEnumerable<(string Role, JabberFsTerms Terms, (string Name, string[] Path)[] States)> Roles()
    {
        (string, string[])[] sends(string[] toStreaming) =>
            [("AwaitingComplete", [.. toStreaming, "Transferred"]), ("Streaming, complete came", [.. toStreaming, "complete came"])];
        (string, string[])[] receives(string[] toStreaming) =>
            [("Verifying", [.. toStreaming, "Transferred"]), ("Completing", [.. toStreaming, "Transferred", "Verified"])];
        string[] proposerStreams = [.. ToConnecting, "Connected"];
        string[] answererStreams = [.. ToListening, "Connected"];
        yield return ("SEND, proposer: sends", Terms(true, true), [.. ProposerStates, .. sends(proposerStreams)]);
        yield return ("SEND, answerer: receives", Terms(false, false), [.. AnswererStates, .. receives(answererStreams)]);
        yield return ("GET, proposer: receives", Terms(true, false), [.. ProposerStates, .. receives(proposerStreams)]);
        yield return ("GET, answerer: sends", Terms(false, true), [.. AnswererStates, .. sends(answererStreams)]);
    }

    // Inputs that have the same outcome stand in one line; all that change nothing are "else".
    private static IEnumerable<string> LinesOf(string state, JabberFsTerms terms, string[] path) =>
        Inputs.GroupBy(input => OutcomeAtDeadline(At(terms, path), input.Input), StringComparer.Ordinal)
            .OrderBy(group => group.Key == "-")
            .Select(group => $"{state} | {(group.Key == "-" ? "else" : string.Join(", ", group.Select(input => input.Name)))} | {group.Key}");

    // With the time that the machine then waits, where it is another one.
    private static string OutcomeAtDeadline(JabberFsTransfer machine, Input input)
    {
        var before = machine.NextDeadline;
        var now = before ?? Now;
        var outcome = Outcome(machine, input, now);
        return machine.NextDeadline is { } after && after != before ? $"{outcome} waits {(after - now).TotalSeconds} s" : outcome;
    }

    private static JabberFsTransfer At(JabberFsTerms terms, string[] path)
    {
        var machine = new JabberFsTransfer(terms);
        foreach (var name in path) machine.Handle(InputOf(name), InputOf(name) is Input.Tick ? machine.NextDeadline!.Value : Now);
        return machine;
    }

    private static Input InputOf(string name) => Inputs.Single(input => input.Name == name).Input;

    private static string Show(JabberFsTransfer machine, string input) => Outcome(machine, InputOf(input));

    private static string Outcome(JabberFsTransfer machine, Input input, DateTimeOffset? now = null)
    {
        try
        {
            var outputs = machine.Handle(input, now ?? Now);
            return outputs.Count == 0 ? "-" : string.Join(" ", outputs.Select(Describe));
        }
        catch (InvalidOperationException)
        {
            return "throws";
        }
    }

    private static string Describe(Output output) => output switch
    {
        Output.SendAnswer(var stanza) => $"SendAnswer({Describe(stanza)})",
        Output.SendUpdate(var stanza) => $"SendUpdate({Describe(stanza)})",
        Output.Judge(var stanza) => $"Judge({Describe(stanza)})",
        Output.RefuseUpdate(_, var error) => $"RefuseUpdate({error.ConditionName})",
        Output.Connect(var hosts, var port, _) => $"Connect({string.Join("+", hosts)}:{port})",
        Output.Move(var start, var size) => $"Move({start}..{size})",
        Output.Done(var confirmed, var hashes) => $"Done({string.Join(" ", hashes.Select(hash => hash.Algorithm).Prepend(confirmed ? "confirmed" : "unconfirmed"))})",
        Output.Ended ended => $"Ended({ended.Reason}{(ended.ByPeer ? " by peer" : "")})",
        _ => output.GetType().Name,
    };

    private static string Describe(JabberFsStanza stanza) =>
        stanza.ToElement(JabberFsDialect.Native).FirstChild is { } state && state.Attribute("reason") is { } reason ? $"{state.Name} {reason}" : stanza.ToElement(JabberFsDialect.Native).FirstChild!.Name;

    private static JabberFsStanza Abort(JabberFsAbort reason) => new(Sid, JabberFsState.Abort) { Reason = reason };
}
