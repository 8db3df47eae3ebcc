using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Transports;
using Ferry.Protocol.Stanzas;
using FsCheck;
using FsCheck.Fluent;
using Input = Ferry.Protocol.Jingle.Transports.FallbackInput;
using Output = Ferry.Protocol.Jingle.Transports.FallbackOutput;

namespace Ferry.Protocol.Tests.Jingle.Transports;

public sealed class TransportFallbackTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly StanzaError Busy = new(ErrorType.Wait, ErrorCondition.UnexpectedRequest);

    private static readonly (string Name, Input Input)[] Inputs =
    [
        ("Begin s5b", new Input.Begin("s5b")),
        ("Opened", new Input.Opened()),
        ("Failed", new Input.Failed("x")),
        ("Proposed ibb", new Input.Proposed("q", "ibb")),
        ("Proposed s5b", new Input.Proposed("q", "s5b")),
        ("Proposed ice", new Input.Proposed("q", "ice")),
        ("Accepted ibb", new Input.Accepted("ibb")),
        ("Accepted other", new Input.Accepted("ice")),
        ("Rejected", new Input.Rejected()),
        ("Refused tie-break", new Input.Refused(JingleErrors.TieBreak)),
        ("Refused", new Input.Refused(Busy)),
        ("Tick", new Input.Tick()),
    ];

    [Theory]
    [InlineData(JingleRole.Initiator)]
    [InlineData(JingleRole.Responder)]
    public void Every_state_with_every_input(JingleRole role)
    {
        MachineTable.ShouldCoverFamily(Inputs.Select(input => input.Input));
        Input[] failed = [new Input.Begin("s5b"), new Input.Failed("x")];
        (string Name, Input[] Path)[] states = role == JingleRole.Initiator
            ?
            [
                ("Idle", []),
                ("Trying", [new Input.Begin("s5b")]),
                ("Proposing", failed),
                ("Listening", [.. failed, new Input.Rejected()]),
                ("Trying ibb", [.. failed, new Input.Accepted("ibb")]),
                ("Open", [new Input.Begin("s5b"), new Input.Opened()]),
                ("Over", [.. failed, new Input.Accepted("ibb"), new Input.Failed("y")]),
            ]
            :
            [
                ("Idle", []),
                ("Trying", [new Input.Begin("s5b")]),
                ("Listening", failed),
                ("Proposing", [.. failed, new Input.Tick()]),
                ("Trying ibb", [.. failed, new Input.Proposed("p", "ibb")]),
                ("Open", [new Input.Begin("s5b"), new Input.Opened()]),
            ];
        var lines = from state in states from input in Inputs select $"{state.Name} | {input.Name} | {Try(state.Path, input.Input)}";
        lines.ShouldBeLines(role == JingleRole.Initiator ? InitiatorTable : ResponderTable);

        string Try(Input[] path, Input input)
        {
            var machine = new TransportFallback(role, ["s5b", "ibb"]);
            foreach (var before in path) machine.Handle(before, machine.NextDeadline ?? Start);
            return MachineTable.Outcome(() => machine.Handle(input, machine.NextDeadline ?? Start));
        }
    }

    [Fact]
    public void Dino_proposes_the_same_again_and_then_in_band()
    {
        var machine = At(JingleRole.Responder, new Input.Begin("s5b"), new Input.Failed("x"));
        Show(machine, new Input.Proposed("1", "s5b")).ShouldBe("Acknowledge(1) Reject(s5b)");
        Show(machine, new Input.Proposed("2", "ibb")).ShouldBe("Acknowledge(2) Accept(ibb)");
    }

    [Fact]
    public void Dino_as_responder_rejects_ours_and_proposes_the_same_itself()
    {
        var machine = At(JingleRole.Initiator, new Input.Begin("s5b"), new Input.Failed("x"));
        Show(machine, new Input.Rejected()).ShouldBe("-");
        Show(machine, new Input.Proposed("1", "s5b")).ShouldBe("Acknowledge(1) Reject(s5b)");
        Show(machine, new Input.Proposed("2", "ibb")).ShouldBe("Acknowledge(2) Accept(ibb)");
    }

    [Fact]
    public void Conversations_as_initiator_refuses_a_responders_proposal_and_makes_its_own()
    {
        var machine = At(JingleRole.Responder, new Input.Begin("s5b"), new Input.Failed("x"));
        machine.NextDeadline.ShouldBe(Start.AddSeconds(20));
        machine.Handle(new Input.Tick(), Start.AddSeconds(20)).ShouldBe([new Output.Propose("ibb")]);
        machine.Handle(new Input.Refused(Busy), Start.AddSeconds(20)).ShouldBeEmpty();
        Show(machine, new Input.Proposed("1", "ibb")).ShouldBe("Acknowledge(1) Accept(ibb)");
    }

    [Fact]
    public void The_initiators_crossing_proposal_stands()
    {
        var initiator = At(JingleRole.Initiator, new Input.Begin("s5b"), new Input.Failed("x"));
        Show(initiator, new Input.Proposed("1", "ibb")).ShouldBe("Refuse(1,tie-break)");
        Show(initiator, new Input.Accepted("ibb")).ShouldBe("Run(ibb)");
        var responder = At(JingleRole.Responder, new Input.Begin("s5b"), new Input.Failed("x"));
        responder.Handle(new Input.Tick(), Start.AddSeconds(20));
        Show(responder, new Input.Proposed("1", "ibb")).ShouldBe("Acknowledge(1) Accept(ibb)");
        Show(responder, new Input.Refused(JingleErrors.TieBreak)).ShouldBe("-");
    }

    [Fact]
    public void A_peer_that_failed_first_may_propose_while_we_still_try() =>
        Show(At(JingleRole.Responder, new Input.Begin("s5b")), new Input.Proposed("1", "ibb")).ShouldBe("Acknowledge(1) Stop Accept(ibb)");

    [Fact]
    public void Three_proposals_are_enough()
    {
        var machine = new TransportFallback(JingleRole.Responder, ["s5b", "a", "b", "c", "d"]);
        machine.Handle(new Input.Begin("s5b"), Start);
        foreach (var transport in new[] { "a", "b", "c" })
        {
            machine.Handle(new Input.Failed("x"), Start);
            Show(machine, new Input.Proposed("q", transport)).ShouldBe($"Acknowledge(q) Accept({transport})");
        }

        Show(machine, new Input.Failed("x")).ShouldBe("GiveUp");
    }

    [Fact]
    public void A_flood_of_proposals_ends_it()
    {
        var machine = At(JingleRole.Responder, new Input.Begin("s5b"), new Input.Failed("x"));
        for (var i = 0; i < 3; i++) Show(machine, new Input.Proposed("q", "s5b")).ShouldBe("Acknowledge(q) Reject(s5b)");
        Show(machine, new Input.Proposed("q", "s5b")).ShouldBe("Acknowledge(q) Reject(s5b) GiveUp");
        Show(machine, new Input.Proposed("q", "s5b")).ShouldBe("Refuse(q,out-of-order)");
    }

    [Fact]
    public void Whatever_happens_it_ends() => Prop.ForAll(ArbMap.Default.ArbFor<(bool, int)>(), made =>
    {
        var (initiator, seed) = made;
        var random = new System.Random(seed);
        var machine = new TransportFallback(initiator ? JingleRole.Initiator : JingleRole.Responder, ["s5b", "ibb", "ice"]);
        machine.Handle(new Input.Begin("s5b"), Start);
        var now = Start;
        var (runs, proposals) = (1, 0);
        for (var i = 0; i < 300; i++)
        {
            if (random.Next(3) == 0) now = machine.NextDeadline ?? now;
            foreach (var output in machine.Handle(Inputs[random.Next(1, Inputs.Length)].Input, now))
            {
                runs += output is Output.Run or Output.Accept ? 1 : 0;
                proposals += output is Output.Propose ? 1 : 0;
            }
        }

        runs.ShouldBeLessThanOrEqualTo(3); // none twice
        proposals.ShouldBeLessThanOrEqualTo(TransportFallback.MostProposals);
    }).QuickCheckThrowOnFailure();

    private static TransportFallback At(JingleRole role, params Input[] path)
    {
        var machine = new TransportFallback(role, ["s5b", "ibb"]);
        foreach (var input in path) machine.Handle(input, Start);
        return machine;
    }

    private static string Show(TransportFallback machine, Input input) => MachineTable.Outcome(() => machine.Handle(input, Start));

    private const string InitiatorTable = """
        Idle | Begin s5b | -
        Idle | Opened | -
        Idle | Failed | -
        Idle | Proposed ibb | Refuse(q,out-of-order)
        Idle | Proposed s5b | Refuse(q,out-of-order)
        Idle | Proposed ice | Refuse(q,out-of-order)
        Idle | Accepted ibb | -
        Idle | Accepted other | -
        Idle | Rejected | -
        Idle | Refused tie-break | -
        Idle | Refused | -
        Idle | Tick | -
        Trying | Begin s5b | throws
        Trying | Opened | -
        Trying | Failed | Propose(ibb)
        Trying | Proposed ibb | Acknowledge(q) Stop Accept(ibb)
        Trying | Proposed s5b | Acknowledge(q) Reject(s5b)
        Trying | Proposed ice | Acknowledge(q) Reject(ice)
        Trying | Accepted ibb | -
        Trying | Accepted other | -
        Trying | Rejected | -
        Trying | Refused tie-break | -
        Trying | Refused | -
        Trying | Tick | -
        Proposing | Begin s5b | throws
        Proposing | Opened | -
        Proposing | Failed | -
        Proposing | Proposed ibb | Refuse(q,tie-break)
        Proposing | Proposed s5b | Refuse(q,tie-break)
        Proposing | Proposed ice | Refuse(q,tie-break)
        Proposing | Accepted ibb | Run(ibb)
        Proposing | Accepted other | -
        Proposing | Rejected | -
        Proposing | Refused tie-break | -
        Proposing | Refused | -
        Proposing | Tick | GiveUp
        Listening | Begin s5b | throws
        Listening | Opened | -
        Listening | Failed | -
        Listening | Proposed ibb | Acknowledge(q) Accept(ibb)
        Listening | Proposed s5b | Acknowledge(q) Reject(s5b)
        Listening | Proposed ice | Acknowledge(q) Reject(ice)
        Listening | Accepted ibb | -
        Listening | Accepted other | -
        Listening | Rejected | -
        Listening | Refused tie-break | -
        Listening | Refused | -
        Listening | Tick | GiveUp
        Trying ibb | Begin s5b | throws
        Trying ibb | Opened | -
        Trying ibb | Failed | GiveUp
        Trying ibb | Proposed ibb | Acknowledge(q) Reject(ibb)
        Trying ibb | Proposed s5b | Acknowledge(q) Reject(s5b)
        Trying ibb | Proposed ice | Acknowledge(q) Reject(ice)
        Trying ibb | Accepted ibb | -
        Trying ibb | Accepted other | -
        Trying ibb | Rejected | -
        Trying ibb | Refused tie-break | -
        Trying ibb | Refused | -
        Trying ibb | Tick | -
        Open | Begin s5b | throws
        Open | Opened | -
        Open | Failed | -
        Open | Proposed ibb | Refuse(q,out-of-order)
        Open | Proposed s5b | Refuse(q,out-of-order)
        Open | Proposed ice | Refuse(q,out-of-order)
        Open | Accepted ibb | -
        Open | Accepted other | -
        Open | Rejected | -
        Open | Refused tie-break | -
        Open | Refused | -
        Open | Tick | -
        Over | Begin s5b | throws
        Over | Opened | -
        Over | Failed | -
        Over | Proposed ibb | Refuse(q,out-of-order)
        Over | Proposed s5b | Refuse(q,out-of-order)
        Over | Proposed ice | Refuse(q,out-of-order)
        Over | Accepted ibb | -
        Over | Accepted other | -
        Over | Rejected | -
        Over | Refused tie-break | -
        Over | Refused | -
        Over | Tick | -
        """;

    private const string ResponderTable = """
        Idle | Begin s5b | -
        Idle | Opened | -
        Idle | Failed | -
        Idle | Proposed ibb | Refuse(q,out-of-order)
        Idle | Proposed s5b | Refuse(q,out-of-order)
        Idle | Proposed ice | Refuse(q,out-of-order)
        Idle | Accepted ibb | -
        Idle | Accepted other | -
        Idle | Rejected | -
        Idle | Refused tie-break | -
        Idle | Refused | -
        Idle | Tick | -
        Trying | Begin s5b | throws
        Trying | Opened | -
        Trying | Failed | -
        Trying | Proposed ibb | Acknowledge(q) Stop Accept(ibb)
        Trying | Proposed s5b | Acknowledge(q) Reject(s5b)
        Trying | Proposed ice | Acknowledge(q) Reject(ice)
        Trying | Accepted ibb | -
        Trying | Accepted other | -
        Trying | Rejected | -
        Trying | Refused tie-break | -
        Trying | Refused | -
        Trying | Tick | -
        Listening | Begin s5b | throws
        Listening | Opened | -
        Listening | Failed | -
        Listening | Proposed ibb | Acknowledge(q) Accept(ibb)
        Listening | Proposed s5b | Acknowledge(q) Reject(s5b)
        Listening | Proposed ice | Acknowledge(q) Reject(ice)
        Listening | Accepted ibb | -
        Listening | Accepted other | -
        Listening | Rejected | -
        Listening | Refused tie-break | -
        Listening | Refused | -
        Listening | Tick | Propose(ibb)
        Proposing | Begin s5b | throws
        Proposing | Opened | -
        Proposing | Failed | -
        Proposing | Proposed ibb | Acknowledge(q) Accept(ibb)
        Proposing | Proposed s5b | Acknowledge(q) Reject(s5b)
        Proposing | Proposed ice | Acknowledge(q) Reject(ice)
        Proposing | Accepted ibb | Run(ibb)
        Proposing | Accepted other | -
        Proposing | Rejected | -
        Proposing | Refused tie-break | -
        Proposing | Refused | -
        Proposing | Tick | GiveUp
        Trying ibb | Begin s5b | throws
        Trying ibb | Opened | -
        Trying ibb | Failed | GiveUp
        Trying ibb | Proposed ibb | Acknowledge(q) Reject(ibb)
        Trying ibb | Proposed s5b | Acknowledge(q) Reject(s5b)
        Trying ibb | Proposed ice | Acknowledge(q) Reject(ice)
        Trying ibb | Accepted ibb | -
        Trying ibb | Accepted other | -
        Trying ibb | Rejected | -
        Trying ibb | Refused tie-break | -
        Trying ibb | Refused | -
        Trying ibb | Tick | -
        Open | Begin s5b | throws
        Open | Opened | -
        Open | Failed | -
        Open | Proposed ibb | Refuse(q,out-of-order)
        Open | Proposed s5b | Refuse(q,out-of-order)
        Open | Proposed ice | Refuse(q,out-of-order)
        Open | Accepted ibb | -
        Open | Accepted other | -
        Open | Rejected | -
        Open | Refused tie-break | -
        Open | Refused | -
        Open | Tick | -
        """;
}
