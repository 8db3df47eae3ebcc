using Ferry.Protocol.Stanzas;
using Ferry.Protocol.StreamInitiation;
using Ferry.Protocol.Transfers;
using Input = Ferry.Protocol.StreamInitiation.SiSenderInput;
using Output = Ferry.Protocol.StreamInitiation.SiSenderOutput;

namespace Ferry.Protocol.Tests.StreamInitiation;

public sealed class SiSenderNegotiationTests
{
    private static readonly StanzaError NoRoom = new(ErrorType.Wait, ErrorCondition.ResourceConstraint);

    private static readonly (string Name, Input Input)[] Inputs =
    [
        ("Start", new Input.Start()),
        ("Answered s5b", new Input.Answered(new SiAnswer(["s5b"]))),
        ("Answered other", new Input.Answered(new SiAnswer(["other"]))),
        ("AnswerUnreadable", new Input.AnswerUnreadable("x")),
        ("Refused", new Input.Refused(SiErrors.Declined)),
        ("Refused for now", new Input.Refused(NoRoom)),
        ("MethodOpened s5b", new Input.MethodOpened("s5b")),
        ("MethodOpened ibb", new Input.MethodOpened("ibb")),
        ("MethodFailed s5b", new Input.MethodFailed("s5b", false, false, "x")),
        ("MethodFailed ibb", new Input.MethodFailed("ibb", false, false, "x")),
        ("MethodFailed ibb, refused", new Input.MethodFailed("ibb", true, false, "x")),
        ("PendingAnswered s5b", new Input.PendingAnswered("s5b")),
        ("PendingAnswered ibb", new Input.PendingAnswered("ibb")),
        ("Tick", new Input.Tick()),
        ("Cancel", new Input.Cancel()),
        ("PeerGone", new Input.PeerGone()),
    ];

    private static readonly Input[] ToS5b = [new Input.Start(), new Input.Answered(new SiAnswer(["s5b"]))];
    private static readonly Input[] ToIbbPending = [.. ToS5b, new Input.MethodFailed("s5b", false, true, "x")];
    private static readonly Input[] ToLate = [.. ToIbbPending, new Input.MethodFailed("ibb", true, false, "x")];

    private static readonly (string Name, Input[] Path)[] States =
    [
        ("Idle", []),
        ("Offered", [new Input.Start()]),
        ("Postponed", [new Input.Start(), new Input.Refused(NoRoom)]),
        ("Opening s5b", ToS5b),
        ("Opening ibb, s5b unanswered", ToIbbPending),
        ("AwaitingLateAnswer", ToLate),
        ("Opening ibb again", [.. ToLate, new Input.PendingAnswered("s5b")]),
        ("Over", [new Input.Cancel()]),
    ];

    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Every_state_with_every_input()
    {
        MachineTable.ShouldBe(States, Inputs, Try, Table);

        string Try(Input[] path, Input input)
        {
            var machine = Sender(path);
            return MachineTable.Outcome(() => machine.Handle(input, machine.NextDeadline ?? _now));
        }
    }

    [Fact]
    public void Ticks_before_the_deadline_do_nothing()
    {
        foreach (var (name, path) in States) Sender(path).Handle(new Input.Tick(), _now).ShouldBeEmpty(name);
    }

    [Fact]
    public void Deadlines()
    {
        Sender([new Input.Start()]).NextDeadline.ShouldBe(_now.AddSeconds(600));
        Sender(ToS5b).NextDeadline.ShouldBeNull();
        Sender(ToLate).NextDeadline.ShouldBe(_now.AddSeconds(90));
    }

    [Fact]
    public void An_offer_that_found_no_room_is_sent_again_as_long_as_an_answer_may_take()
    {
        var machine = Sender([new Input.Start()]);
        var waits = new List<double>();
        while (!machine.IsOver)
        {
            var before = _now;
            machine.Handle(new Input.Refused(NoRoom), _now);
            if (machine.NextDeadline is not { } again) break;
            waits.Add((again - before).TotalSeconds);
            _now = again;
            machine.Handle(new Input.Tick(), _now).ShouldHaveSingleItem().ShouldBeOfType<Output.SendOffer>();
            machine.NextDeadline.ShouldBe(new DateTimeOffset(2026, 1, 1, 0, 10, 0, TimeSpan.Zero)); // that of the first offer
        }

        waits.Take(7).ShouldBe([1, 2, 4, 8, 15, 30, 30]);
        waits.Sum().ShouldBeInRange(570, 600);
        machine.IsOver.ShouldBeTrue();
    }

    [Fact]
    public void Several_methods_in_an_answer_are_opened_in_its_order()
    {
        var machine = Sender([new Input.Start()]);
        Show(machine, new Input.Answered(new SiAnswer(["unknown", "ibb", "s5b"]))).ShouldBe("Accepted OpenMethod(ibb,1)");
        Show(machine, new Input.MethodFailed("ibb", true, false, "x")).ShouldBe("OpenMethod(s5b,1)");
        Show(machine, new Input.MethodFailed("s5b", true, false, "x")).ShouldBe("Ended(NoMethod)");
    }

    [Fact]
    public void A_method_that_was_not_chosen_and_is_no_last_resort_is_not_opened()
    {
        var machine = Sender([new Input.Start()]);
        Show(machine, new Input.Answered(new SiAnswer(["ibb"]))).ShouldBe("Accepted OpenMethod(ibb,1)");
        Show(machine, new Input.MethodFailed("ibb", false, false, "x")).ShouldBe("Ended(NoMethod)");
    }

    [Fact]
    public void A_late_answer_that_came_in_time_gives_no_second_try()
    {
        var machine = Sender(ToIbbPending);
        Show(machine, new Input.PendingAnswered("s5b")).ShouldBe("-");
        Show(machine, new Input.MethodFailed("ibb", true, false, "x")).ShouldBe("Ended(NoMethod)");
    }

    [Fact]
    public void There_is_one_second_try()
    {
        var machine = Sender(ToLate);
        Show(machine, new Input.PendingAnswered("s5b")).ShouldBe("OpenMethod(ibb,2)");
        Show(machine, new Input.MethodFailed("ibb", true, false, "x")).ShouldBe("Ended(NoMethod)");
    }

    [Theory]
    [InlineData(0, null, true, "Accepted(0..) OpenMethod(s5b,1)")]
    [InlineData(10, 20L, true, "Accepted(10..20) OpenMethod(s5b,1)")]
    [InlineData(100, null, true, "Ended(Protocol)")]
    [InlineData(50, 51L, true, "Ended(Protocol)")]
    [InlineData(10, null, false, "Ended(Protocol)")]
    public void Ranges(int offset, long? length, bool offered, string expected)
    {
        var machine = new SiSenderNegotiation(SiTerms.Methods, 100, offered);
        machine.Handle(new Input.Start(), _now);

        Show(machine, new Input.Answered(new SiAnswer(["s5b"], new SiRange(offset, length)))).ShouldBe(expected);
    }

    [Fact]
    public void An_impossible_range_is_named()
    {
        var machine = Sender([new Input.Start()]);

        var outputs = machine.Handle(new Input.Answered(new SiAnswer(["s5b"], new SiRange(200))), _now);

        outputs.ShouldBe([new Output.Ended(FailureReason.Protocol, "peer asked for an impossible range")]);
    }

    private SiSenderNegotiation Sender(Input[] path)
    {
        var machine = new SiSenderNegotiation(SiTerms.Methods, 100, rangeOffered: true);
        foreach (var input in path) machine.Handle(input, _now);
        return machine;
    }

    private string Show(SiSenderNegotiation machine, Input input) => MachineTable.Outcome(() => machine.Handle(input, _now));

    private const string Table = """
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
}
