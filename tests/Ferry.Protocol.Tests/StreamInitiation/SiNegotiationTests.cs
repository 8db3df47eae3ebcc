using Ferry.Protocol.StreamInitiation;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using ReceiverInput = Ferry.Protocol.StreamInitiation.SiReceiverInput;
using SenderInput = Ferry.Protocol.StreamInitiation.SiSenderInput;
using SenderOutput = Ferry.Protocol.StreamInitiation.SiSenderOutput;

namespace Ferry.Protocol.Tests.StreamInitiation;

public sealed class SiNegotiationTests
{
    private static readonly SiMethod[] Both = [new("s5b"), new("ibb", LastResort: true)];
    private static readonly SiOffer Offer = new("sid", new SiFile("n", 100, RangeOffered: true), ["s5b", "ibb"]);
    private static readonly StanzaError Forbidden = SiErrors.Declined;
    private static readonly StanzaError NoRoom = new(ErrorType.Wait, ErrorCondition.ResourceConstraint);

    private static readonly (string Name, SenderInput Input)[] SenderInputs =
    [
        ("Start", new SenderInput.Start()),
        ("Answered s5b", new SenderInput.Answered(new SiAnswer(["s5b"]))),
        ("Answered other", new SenderInput.Answered(new SiAnswer(["other"]))),
        ("AnswerUnreadable", new SenderInput.AnswerUnreadable("x")),
        ("Refused", new SenderInput.Refused(Forbidden)),
        ("Refused for now", new SenderInput.Refused(NoRoom)),
        ("MethodOpened s5b", new SenderInput.MethodOpened("s5b")),
        ("MethodOpened ibb", new SenderInput.MethodOpened("ibb")),
        ("MethodFailed s5b", new SenderInput.MethodFailed("s5b", false, false, "x")),
        ("MethodFailed ibb", new SenderInput.MethodFailed("ibb", false, false, "x")),
        ("MethodFailed ibb, refused", new SenderInput.MethodFailed("ibb", true, false, "x")),
        ("PendingAnswered s5b", new SenderInput.PendingAnswered("s5b")),
        ("PendingAnswered ibb", new SenderInput.PendingAnswered("ibb")),
        ("Tick", new SenderInput.Tick()),
        ("Cancel", new SenderInput.Cancel()),
        ("PeerGone", new SenderInput.PeerGone()),
    ];

    private static readonly SenderInput[] ToS5b = [new SenderInput.Start(), new SenderInput.Answered(new SiAnswer(["s5b"]))];
    private static readonly SenderInput[] ToIbbPending = [.. ToS5b, new SenderInput.MethodFailed("s5b", false, true, "x")];
    private static readonly SenderInput[] ToLate = [.. ToIbbPending, new SenderInput.MethodFailed("ibb", true, false, "x")];

    private static readonly (string Name, SenderInput[] Path)[] SenderStates =
    [
        ("Idle", []),
        ("Offered", [new SenderInput.Start()]),
        ("Postponed", [new SenderInput.Start(), new SenderInput.Refused(NoRoom)]),
        ("Opening s5b", ToS5b),
        ("Opening ibb, s5b unanswered", ToIbbPending),
        ("AwaitingLateAnswer", ToLate),
        ("Opening ibb again", [.. ToLate, new SenderInput.PendingAnswered("s5b")]),
        ("Over", [new SenderInput.Cancel()]),
    ];

    private static readonly (string Name, ReceiverInput Input)[] ReceiverInputs =
    [
        ("OfferArrived", new ReceiverInput.OfferArrived(Offer)),
        ("UserAccepted", new ReceiverInput.UserAccepted(["s5b", "ibb"])),
        ("UserAccepted none", new ReceiverInput.UserAccepted([])),
        ("UserDeclined", new ReceiverInput.UserDeclined(Forbidden)),
        ("OpenArrived s5b", new ReceiverInput.OpenArrived("s5b", "q")),
        ("OpenArrived ibb", new ReceiverInput.OpenArrived("ibb", "q")),
        ("OpenArrived other", new ReceiverInput.OpenArrived("other", "q")),
        ("MethodSucceeded s5b", new ReceiverInput.MethodSucceeded("s5b")),
        ("MethodSucceeded ibb", new ReceiverInput.MethodSucceeded("ibb")),
        ("MethodFailed s5b", new ReceiverInput.MethodFailed("s5b", "x")),
        ("Tick", new ReceiverInput.Tick()),
        ("Cancel", new ReceiverInput.Cancel()),
        ("PeerGone", new ReceiverInput.PeerGone()),
    ];

    private static readonly ReceiverInput[] ToWaiting = [new ReceiverInput.OfferArrived(Offer), new ReceiverInput.UserAccepted(["s5b", "ibb"])];
    private static readonly ReceiverInput[] ToRunning = [.. ToWaiting, new ReceiverInput.OpenArrived("s5b", "p")];

    private static readonly (string Name, ReceiverInput[] Path)[] ReceiverStates =
    [
        ("Idle", []),
        ("Deciding", [new ReceiverInput.OfferArrived(Offer)]),
        ("WaitingForOpen", ToWaiting),
        ("Running s5b", ToRunning),
        ("WaitingForOpen, s5b failed", [.. ToRunning, new ReceiverInput.MethodFailed("s5b", "x")]),
        ("Running ibb", [.. ToWaiting, new ReceiverInput.OpenArrived("ibb", "p")]),
        ("Over", [.. ToRunning, new ReceiverInput.MethodSucceeded("s5b")]),
    ];

    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Sender_every_state_with_every_input()
    {
        MachineTable.ShouldCoverFamily(SenderInputs.Select(input => input.Input));
        var lines = from state in SenderStates from input in SenderInputs select $"{state.Name} | {input.Name} | {Try(state.Path, input.Input)}";

        lines.ShouldBeLines(SenderTable);

        string Try(SenderInput[] path, SenderInput input)
        {
            var machine = Sender(path);
            return MachineTable.Outcome(() => machine.Handle(input, machine.NextDeadline ?? _now));
        }
    }

    [Fact]
    public void Receiver_every_state_with_every_input()
    {
        MachineTable.ShouldCoverFamily(ReceiverInputs.Select(input => input.Input));
        var lines = from state in ReceiverStates from input in ReceiverInputs select $"{state.Name} | {input.Name} | {Try(state.Path, input.Input)}";

        lines.ShouldBeLines(ReceiverTable);

        string Try(ReceiverInput[] path, ReceiverInput input)
        {
            var machine = Receiver(path);
            return MachineTable.Outcome(() => machine.Handle(input, machine.NextDeadline ?? _now));
        }
    }

    [Fact]
    public void Ticks_before_the_deadline_do_nothing()
    {
        foreach (var (name, path) in SenderStates) Sender(path).Handle(new SenderInput.Tick(), _now).ShouldBeEmpty(name);
        foreach (var (name, path) in ReceiverStates) Receiver(path).Handle(new ReceiverInput.Tick(), _now).ShouldBeEmpty(name);
    }

    [Fact]
    public void Deadlines()
    {
        Sender([new SenderInput.Start()]).NextDeadline.ShouldBe(_now.AddSeconds(600));
        Sender(ToS5b).NextDeadline.ShouldBeNull();
        Sender(ToLate).NextDeadline.ShouldBe(_now.AddSeconds(90));
        Receiver([new ReceiverInput.OfferArrived(Offer)]).NextDeadline.ShouldBe(_now.AddSeconds(600));
        Receiver(ToWaiting).NextDeadline.ShouldBe(_now.AddSeconds(60));
        Receiver(ToRunning).NextDeadline.ShouldBeNull();
        Receiver([.. ToRunning, new ReceiverInput.MethodFailed("s5b", "x")]).NextDeadline.ShouldBe(_now.AddSeconds(60));
    }

    [Fact]
    public void An_offer_that_found_no_room_is_sent_again_as_long_as_an_answer_may_take()
    {
        var machine = Sender([new SenderInput.Start()]);
        var waits = new List<double>();
        while (!machine.IsOver)
        {
            var before = _now;
            machine.Handle(new SenderInput.Refused(NoRoom), _now);
            if (machine.NextDeadline is not { } again) break;
            waits.Add((again - before).TotalSeconds);
            _now = again;
            machine.Handle(new SenderInput.Tick(), _now).ShouldHaveSingleItem().ShouldBeOfType<SenderOutput.SendOffer>();
            machine.NextDeadline.ShouldBe(new DateTimeOffset(2026, 1, 1, 0, 10, 0, TimeSpan.Zero)); // that of the first offer
        }

        waits.Take(7).ShouldBe([1, 2, 4, 8, 15, 30, 30]);
        waits.Sum().ShouldBeInRange(570, 600);
        machine.IsOver.ShouldBeTrue();
    }

    [Fact]
    public void Several_methods_in_an_answer_are_opened_in_its_order()
    {
        var machine = Sender([new SenderInput.Start()]);
        Show(machine, new SenderInput.Answered(new SiAnswer(["unknown", "ibb", "s5b"]))).ShouldBe("Accepted OpenMethod(ibb,1)");
        Show(machine, new SenderInput.MethodFailed("ibb", true, false, "x")).ShouldBe("OpenMethod(s5b,1)");
        Show(machine, new SenderInput.MethodFailed("s5b", true, false, "x")).ShouldBe("Ended(NoMethod)");
    }

    [Fact]
    public void A_method_that_was_not_chosen_and_is_no_last_resort_is_not_opened()
    {
        var machine = Sender([new SenderInput.Start()]);
        Show(machine, new SenderInput.Answered(new SiAnswer(["ibb"]))).ShouldBe("Accepted OpenMethod(ibb,1)");
        Show(machine, new SenderInput.MethodFailed("ibb", false, false, "x")).ShouldBe("Ended(NoMethod)");
    }

    [Fact]
    public void A_late_answer_that_came_in_time_gives_no_second_try()
    {
        var machine = Sender(ToIbbPending);
        Show(machine, new SenderInput.PendingAnswered("s5b")).ShouldBe("-");
        Show(machine, new SenderInput.MethodFailed("ibb", true, false, "x")).ShouldBe("Ended(NoMethod)");
    }

    [Fact]
    public void There_is_one_second_try()
    {
        var machine = Sender(ToLate);
        Show(machine, new SenderInput.PendingAnswered("s5b")).ShouldBe("OpenMethod(ibb,2)");
        Show(machine, new SenderInput.MethodFailed("ibb", true, false, "x")).ShouldBe("Ended(NoMethod)");
    }

    [Theory]
    [InlineData(0, null, true, "Accepted(0..) OpenMethod(s5b,1)")]
    [InlineData(10, 20L, true, "Accepted(10..20) OpenMethod(s5b,1)")]
    [InlineData(100, null, true, "Ended(Protocol)")]
    [InlineData(50, 51L, true, "Ended(Protocol)")]
    [InlineData(10, null, false, "Ended(Protocol)")]
    public void Ranges(int offset, long? length, bool offered, string expected)
    {
        var machine = new SiSenderNegotiation(Both, 100, offered);
        machine.Handle(new SenderInput.Start(), _now);

        Show(machine, new SenderInput.Answered(new SiAnswer(["s5b"], new SiRange(offset, length)))).ShouldBe(expected);
    }

    [Fact]
    public void An_impossible_range_is_named()
    {
        var machine = Sender([new SenderInput.Start()]);

        var outputs = machine.Handle(new SenderInput.Answered(new SiAnswer(["s5b"], new SiRange(200))), _now);

        outputs.ShouldBe([new SenderOutput.Ended(FailureReason.Protocol, "peer asked for an impossible range")]);
    }

    [Fact]
    public void The_receiver_answers_the_first_method_of_the_user_that_was_offered()
    {
        var machine = Receiver([new ReceiverInput.OfferArrived(Offer)]);
        MachineTable.Outcome(() => machine.Handle(new ReceiverInput.UserAccepted(["other", "ibb", "s5b"], new SiRange(5)), _now)).ShouldBe("SendAnswer(ibb)");
    }

    [Fact]
    public void A_range_that_was_not_offered_is_misuse()
    {
        var machine = Receiver([new ReceiverInput.OfferArrived(Offer with { File = new SiFile("n", 1) })]);

        Should.Throw<InvalidOperationException>(() => machine.Handle(new ReceiverInput.UserAccepted(["s5b"], new SiRange(1)), _now));
    }

    [Fact]
    public void An_offer_without_a_known_method_is_refused_at_once()
    {
        var machine = new SiReceiverNegotiation(Both);

        MachineTable.Outcome(() => machine.Handle(new ReceiverInput.OfferArrived(Offer with { Methods = ["other"] }), _now))
            .ShouldBe("SendRefusal(no-valid-streams) Ended(NoMethod)");
    }

    [Fact]
    public void Without_a_last_resort_there_is_no_fallback_window()
    {
        var machine = new SiReceiverNegotiation([new SiMethod("s5b")]);
        foreach (var input in ToRunning) machine.Handle(input, _now);

        MachineTable.Outcome(() => machine.Handle(new ReceiverInput.MethodFailed("s5b", "x"), _now)).ShouldBe("Ended(NoMethod)");
    }

    [Fact]
    public void Sender_and_receiver_fall_back_together()
    {
        var sender = Sender([]);
        var receiver = Receiver([]);
        Show(sender, new SenderInput.Start()).ShouldBe("SendOffer");
        Show(receiver, new ReceiverInput.OfferArrived(Offer)).ShouldBe("AskUser");
        Show(receiver, new ReceiverInput.UserAccepted(["s5b"])).ShouldBe("SendAnswer(s5b)");
        Show(sender, new SenderInput.Answered(new SiAnswer(["s5b"]))).ShouldBe("Accepted OpenMethod(s5b,1)");
        Show(receiver, new ReceiverInput.OpenArrived("s5b", "1")).ShouldBe("RunMethod(s5b,1)");
        Show(sender, new SenderInput.MethodFailed("s5b", false, AnswerPending: true, "15 s")).ShouldBe("OpenMethod(ibb,1)");
        Show(receiver, new ReceiverInput.OpenArrived("ibb", "2")).ShouldBe("CancelMethod(s5b) RunMethod(ibb,2)");
        Show(sender, new SenderInput.PendingAnswered("s5b")).ShouldBe("-");
        Show(receiver, new ReceiverInput.MethodSucceeded("ibb")).ShouldBe("Streaming(ibb)");
        Show(sender, new SenderInput.MethodOpened("ibb")).ShouldBe("Streaming(ibb)");
    }

    private SiSenderNegotiation Sender(SenderInput[] path)
    {
        var machine = new SiSenderNegotiation(Both, 100, rangeOffered: true);
        foreach (var input in path) machine.Handle(input, _now);
        return machine;
    }

    private SiReceiverNegotiation Receiver(ReceiverInput[] path)
    {
        var machine = new SiReceiverNegotiation(Both);
        foreach (var input in path) machine.Handle(input, _now);
        return machine;
    }

    private string Show(SiSenderNegotiation machine, SenderInput input) => MachineTable.Outcome(() => machine.Handle(input, _now));

    private string Show(SiReceiverNegotiation machine, ReceiverInput input) => MachineTable.Outcome(() => machine.Handle(input, _now));

    private const string SenderTable = """
        Idle | Start | SendOffer
        Idle | Answered s5b | -
        Idle | Answered other | -
        Idle | AnswerUnreadable | -
        Idle | Refused | -
        Idle | Refused for now | -
        Idle | MethodOpened s5b | -
        Idle | MethodOpened ibb | -
        Idle | MethodFailed s5b | -
        Idle | MethodFailed ibb | -
        Idle | MethodFailed ibb, refused | -
        Idle | PendingAnswered s5b | -
        Idle | PendingAnswered ibb | -
        Idle | Tick | -
        Idle | Cancel | Ended(Cancelled)
        Idle | PeerGone | Ended(Absent)
        Offered | Start | throws
        Offered | Answered s5b | Accepted OpenMethod(s5b,1)
        Offered | Answered other | Ended(Protocol)
        Offered | AnswerUnreadable | Ended(Protocol)
        Offered | Refused | Ended(Refused)
        Offered | Refused for now | Ended(Timeout)
        Offered | MethodOpened s5b | -
        Offered | MethodOpened ibb | -
        Offered | MethodFailed s5b | -
        Offered | MethodFailed ibb | -
        Offered | MethodFailed ibb, refused | -
        Offered | PendingAnswered s5b | -
        Offered | PendingAnswered ibb | -
        Offered | Tick | Ended(Timeout)
        Offered | Cancel | Ended(Cancelled)
        Offered | PeerGone | Ended(Absent)
        Postponed | Start | throws
        Postponed | Answered s5b | -
        Postponed | Answered other | -
        Postponed | AnswerUnreadable | -
        Postponed | Refused | -
        Postponed | Refused for now | -
        Postponed | MethodOpened s5b | -
        Postponed | MethodOpened ibb | -
        Postponed | MethodFailed s5b | -
        Postponed | MethodFailed ibb | -
        Postponed | MethodFailed ibb, refused | -
        Postponed | PendingAnswered s5b | -
        Postponed | PendingAnswered ibb | -
        Postponed | Tick | SendOffer
        Postponed | Cancel | Ended(Cancelled)
        Postponed | PeerGone | Ended(Absent)
        Opening s5b | Start | throws
        Opening s5b | Answered s5b | -
        Opening s5b | Answered other | -
        Opening s5b | AnswerUnreadable | -
        Opening s5b | Refused | -
        Opening s5b | Refused for now | -
        Opening s5b | MethodOpened s5b | Streaming(s5b)
        Opening s5b | MethodOpened ibb | -
        Opening s5b | MethodFailed s5b | OpenMethod(ibb,1)
        Opening s5b | MethodFailed ibb | -
        Opening s5b | MethodFailed ibb, refused | -
        Opening s5b | PendingAnswered s5b | -
        Opening s5b | PendingAnswered ibb | -
        Opening s5b | Tick | -
        Opening s5b | Cancel | CancelMethod(s5b) Ended(Cancelled)
        Opening s5b | PeerGone | CancelMethod(s5b) Ended(Absent)
        Opening ibb, s5b unanswered | Start | throws
        Opening ibb, s5b unanswered | Answered s5b | -
        Opening ibb, s5b unanswered | Answered other | -
        Opening ibb, s5b unanswered | AnswerUnreadable | -
        Opening ibb, s5b unanswered | Refused | -
        Opening ibb, s5b unanswered | Refused for now | -
        Opening ibb, s5b unanswered | MethodOpened s5b | -
        Opening ibb, s5b unanswered | MethodOpened ibb | Streaming(ibb)
        Opening ibb, s5b unanswered | MethodFailed s5b | -
        Opening ibb, s5b unanswered | MethodFailed ibb | Ended(NoMethod)
        Opening ibb, s5b unanswered | MethodFailed ibb, refused | -
        Opening ibb, s5b unanswered | PendingAnswered s5b | -
        Opening ibb, s5b unanswered | PendingAnswered ibb | -
        Opening ibb, s5b unanswered | Tick | -
        Opening ibb, s5b unanswered | Cancel | CancelMethod(ibb) Ended(Cancelled)
        Opening ibb, s5b unanswered | PeerGone | CancelMethod(ibb) Ended(Absent)
        AwaitingLateAnswer | Start | throws
        AwaitingLateAnswer | Answered s5b | -
        AwaitingLateAnswer | Answered other | -
        AwaitingLateAnswer | AnswerUnreadable | -
        AwaitingLateAnswer | Refused | -
        AwaitingLateAnswer | Refused for now | -
        AwaitingLateAnswer | MethodOpened s5b | -
        AwaitingLateAnswer | MethodOpened ibb | -
        AwaitingLateAnswer | MethodFailed s5b | -
        AwaitingLateAnswer | MethodFailed ibb | -
        AwaitingLateAnswer | MethodFailed ibb, refused | -
        AwaitingLateAnswer | PendingAnswered s5b | OpenMethod(ibb,2)
        AwaitingLateAnswer | PendingAnswered ibb | -
        AwaitingLateAnswer | Tick | Ended(NoMethod)
        AwaitingLateAnswer | Cancel | Ended(Cancelled)
        AwaitingLateAnswer | PeerGone | Ended(Absent)
        Opening ibb again | Start | throws
        Opening ibb again | Answered s5b | -
        Opening ibb again | Answered other | -
        Opening ibb again | AnswerUnreadable | -
        Opening ibb again | Refused | -
        Opening ibb again | Refused for now | -
        Opening ibb again | MethodOpened s5b | -
        Opening ibb again | MethodOpened ibb | Streaming(ibb)
        Opening ibb again | MethodFailed s5b | -
        Opening ibb again | MethodFailed ibb | Ended(NoMethod)
        Opening ibb again | MethodFailed ibb, refused | Ended(NoMethod)
        Opening ibb again | PendingAnswered s5b | -
        Opening ibb again | PendingAnswered ibb | -
        Opening ibb again | Tick | -
        Opening ibb again | Cancel | CancelMethod(ibb) Ended(Cancelled)
        Opening ibb again | PeerGone | CancelMethod(ibb) Ended(Absent)
        Over | Start | -
        Over | Answered s5b | -
        Over | Answered other | -
        Over | AnswerUnreadable | -
        Over | Refused | -
        Over | Refused for now | -
        Over | MethodOpened s5b | -
        Over | MethodOpened ibb | -
        Over | MethodFailed s5b | -
        Over | MethodFailed ibb | -
        Over | MethodFailed ibb, refused | -
        Over | PendingAnswered s5b | -
        Over | PendingAnswered ibb | -
        Over | Tick | -
        Over | Cancel | -
        Over | PeerGone | -
        """;

    private const string ReceiverTable = """
        Idle | OfferArrived | AskUser
        Idle | UserAccepted | throws
        Idle | UserAccepted none | throws
        Idle | UserDeclined | throws
        Idle | OpenArrived s5b | RefuseOpen(q,not-acceptable)
        Idle | OpenArrived ibb | RefuseOpen(q,not-acceptable)
        Idle | OpenArrived other | RefuseOpen(q,not-acceptable)
        Idle | MethodSucceeded s5b | -
        Idle | MethodSucceeded ibb | -
        Idle | MethodFailed s5b | -
        Idle | Tick | -
        Idle | Cancel | Ended(Cancelled)
        Idle | PeerGone | Ended(Absent)
        Deciding | OfferArrived | throws
        Deciding | UserAccepted | SendAnswer(s5b)
        Deciding | UserAccepted none | SendRefusal(no-valid-streams) Ended(NoMethod)
        Deciding | UserDeclined | SendRefusal(forbidden) Ended(Refused)
        Deciding | OpenArrived s5b | RefuseOpen(q,not-acceptable)
        Deciding | OpenArrived ibb | RefuseOpen(q,not-acceptable)
        Deciding | OpenArrived other | RefuseOpen(q,not-acceptable)
        Deciding | MethodSucceeded s5b | -
        Deciding | MethodSucceeded ibb | -
        Deciding | MethodFailed s5b | -
        Deciding | Tick | SendRefusal(forbidden) Ended(Timeout)
        Deciding | Cancel | SendRefusal(forbidden) Ended(Cancelled)
        Deciding | PeerGone | Ended(Absent)
        WaitingForOpen | OfferArrived | throws
        WaitingForOpen | UserAccepted | throws
        WaitingForOpen | UserAccepted none | throws
        WaitingForOpen | UserDeclined | throws
        WaitingForOpen | OpenArrived s5b | RunMethod(s5b,q)
        WaitingForOpen | OpenArrived ibb | RunMethod(ibb,q)
        WaitingForOpen | OpenArrived other | RefuseOpen(q,not-acceptable)
        WaitingForOpen | MethodSucceeded s5b | -
        WaitingForOpen | MethodSucceeded ibb | -
        WaitingForOpen | MethodFailed s5b | -
        WaitingForOpen | Tick | Ended(Timeout)
        WaitingForOpen | Cancel | Ended(Cancelled)
        WaitingForOpen | PeerGone | Ended(Absent)
        Running s5b | OfferArrived | throws
        Running s5b | UserAccepted | throws
        Running s5b | UserAccepted none | throws
        Running s5b | UserDeclined | throws
        Running s5b | OpenArrived s5b | RefuseOpen(q,not-acceptable)
        Running s5b | OpenArrived ibb | CancelMethod(s5b) RunMethod(ibb,q)
        Running s5b | OpenArrived other | RefuseOpen(q,not-acceptable)
        Running s5b | MethodSucceeded s5b | Streaming(s5b)
        Running s5b | MethodSucceeded ibb | -
        Running s5b | MethodFailed s5b | -
        Running s5b | Tick | -
        Running s5b | Cancel | CancelMethod(s5b) Ended(Cancelled)
        Running s5b | PeerGone | CancelMethod(s5b) Ended(Absent)
        WaitingForOpen, s5b failed | OfferArrived | throws
        WaitingForOpen, s5b failed | UserAccepted | throws
        WaitingForOpen, s5b failed | UserAccepted none | throws
        WaitingForOpen, s5b failed | UserDeclined | throws
        WaitingForOpen, s5b failed | OpenArrived s5b | RunMethod(s5b,q)
        WaitingForOpen, s5b failed | OpenArrived ibb | RunMethod(ibb,q)
        WaitingForOpen, s5b failed | OpenArrived other | RefuseOpen(q,not-acceptable)
        WaitingForOpen, s5b failed | MethodSucceeded s5b | -
        WaitingForOpen, s5b failed | MethodSucceeded ibb | -
        WaitingForOpen, s5b failed | MethodFailed s5b | -
        WaitingForOpen, s5b failed | Tick | Ended(NoMethod)
        WaitingForOpen, s5b failed | Cancel | Ended(Cancelled)
        WaitingForOpen, s5b failed | PeerGone | Ended(Absent)
        Running ibb | OfferArrived | throws
        Running ibb | UserAccepted | throws
        Running ibb | UserAccepted none | throws
        Running ibb | UserDeclined | throws
        Running ibb | OpenArrived s5b | RefuseOpen(q,not-acceptable)
        Running ibb | OpenArrived ibb | RefuseOpen(q,not-acceptable)
        Running ibb | OpenArrived other | RefuseOpen(q,not-acceptable)
        Running ibb | MethodSucceeded s5b | -
        Running ibb | MethodSucceeded ibb | Streaming(ibb)
        Running ibb | MethodFailed s5b | -
        Running ibb | Tick | -
        Running ibb | Cancel | CancelMethod(ibb) Ended(Cancelled)
        Running ibb | PeerGone | CancelMethod(ibb) Ended(Absent)
        Over | OfferArrived | throws
        Over | UserAccepted | -
        Over | UserAccepted none | -
        Over | UserDeclined | -
        Over | OpenArrived s5b | RefuseOpen(q,not-acceptable)
        Over | OpenArrived ibb | RefuseOpen(q,not-acceptable)
        Over | OpenArrived other | RefuseOpen(q,not-acceptable)
        Over | MethodSucceeded s5b | -
        Over | MethodSucceeded ibb | -
        Over | MethodFailed s5b | -
        Over | Tick | -
        Over | Cancel | -
        Over | PeerGone | -
        """;
}
