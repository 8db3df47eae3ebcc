using Ferry.Protocol.StreamInitiation;
using Input = Ferry.Protocol.StreamInitiation.SiReceiverInput;

namespace Ferry.Protocol.Tests.StreamInitiation;

public sealed class SiReceiverNegotiationTests
{
    private static readonly (string Name, Input Input)[] Inputs =
    [
        ("OfferArrived", new Input.OfferArrived(SiTerms.Offer)),
        ("UserAccepted", new Input.UserAccepted(["s5b", "ibb"])),
        ("UserAccepted none", new Input.UserAccepted([])),
        ("UserDeclined", new Input.UserDeclined(SiErrors.Declined)),
        ("OpenArrived s5b", new Input.OpenArrived("s5b", "q")),
        ("OpenArrived ibb", new Input.OpenArrived("ibb", "q")),
        ("OpenArrived other", new Input.OpenArrived("other", "q")),
        ("MethodSucceeded s5b", new Input.MethodSucceeded("s5b")),
        ("MethodSucceeded ibb", new Input.MethodSucceeded("ibb")),
        ("MethodFailed s5b", new Input.MethodFailed("s5b", "x")),
        ("Tick", new Input.Tick()),
        ("Cancel", new Input.Cancel()),
        ("PeerGone", new Input.PeerGone()),
    ];

    private static readonly Input[] ToWaiting = [new Input.OfferArrived(SiTerms.Offer), new Input.UserAccepted(["s5b", "ibb"])];
    private static readonly Input[] ToRunning = [.. ToWaiting, new Input.OpenArrived("s5b", "p")];

    private static readonly (string Name, Input[] Path)[] States =
    [
        ("Idle", []),
        ("Deciding", [new Input.OfferArrived(SiTerms.Offer)]),
        ("WaitingForOpen", ToWaiting),
        ("Running s5b", ToRunning),
        ("WaitingForOpen, s5b failed", [.. ToRunning, new Input.MethodFailed("s5b", "x")]),
        ("Running ibb", [.. ToWaiting, new Input.OpenArrived("ibb", "p")]),
        ("Over", [.. ToRunning, new Input.MethodSucceeded("s5b")]),
    ];

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Every_state_with_every_input()
    {
        MachineTable.ShouldBe(States, Inputs, Try, Table);

        string Try(Input[] path, Input input)
        {
            var machine = Receiver(path);
            return MachineTable.Outcome(() => machine.Handle(input, machine.NextDeadline ?? Now));
        }
    }

    [Fact]
    public void Ticks_before_the_deadline_do_nothing()
    {
        foreach (var (name, path) in States) Receiver(path).Handle(new Input.Tick(), Now).ShouldBeEmpty(name);
    }

    [Fact]
    public void Deadlines()
    {
        Receiver([new Input.OfferArrived(SiTerms.Offer)]).NextDeadline.ShouldBe(Now.AddSeconds(600));
        Receiver(ToWaiting).NextDeadline.ShouldBe(Now.AddSeconds(60));
        Receiver(ToRunning).NextDeadline.ShouldBeNull();
        Receiver([.. ToRunning, new Input.MethodFailed("s5b", "x")]).NextDeadline.ShouldBe(Now.AddSeconds(60));
    }

    [Fact]
    public void The_receiver_answers_the_first_method_of_the_user_that_was_offered()
    {
        var machine = Receiver([new Input.OfferArrived(SiTerms.Offer)]);
        MachineTable.Outcome(() => machine.Handle(new Input.UserAccepted(["other", "ibb", "s5b"], new SiRange(5)), Now)).ShouldBe("SendAnswer(ibb)");
    }

    [Fact]
    public void A_range_that_was_not_offered_is_misuse()
    {
        var machine = Receiver([new Input.OfferArrived(SiTerms.Offer with { File = new SiFile("n", 1) })]);

        Should.Throw<InvalidOperationException>(() => machine.Handle(new Input.UserAccepted(["s5b"], new SiRange(1)), Now));
    }

    [Fact]
    public void An_offer_without_a_known_method_is_refused_at_once()
    {
        var machine = new SiReceiverNegotiation(SiTerms.Methods);

        MachineTable.Outcome(() => machine.Handle(new Input.OfferArrived(SiTerms.Offer with { Methods = ["other"] }), Now))
            .ShouldBe("SendRefusal(no-valid-streams) Ended(NoMethod)");
    }

    [Fact]
    public void Without_a_last_resort_there_is_no_fallback_window()
    {
        var machine = new SiReceiverNegotiation([new SiMethod("s5b")]);
        foreach (var input in ToRunning) machine.Handle(input, Now);

        MachineTable.Outcome(() => machine.Handle(new Input.MethodFailed("s5b", "x"), Now)).ShouldBe("Ended(NoMethod)");
    }

    private static SiReceiverNegotiation Receiver(Input[] path)
    {
        var machine = new SiReceiverNegotiation(SiTerms.Methods);
        foreach (var input in path) machine.Handle(input, Now);
        return machine;
    }

    private const string Table = """
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
