using Ferry.Protocol.Addressing;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Transports;
using Ferry.Protocol.Socks5;
using FsCheck;
using FsCheck.Fluent;
using Input = Ferry.Protocol.Jingle.Transports.Socks5NegotiationInput;
using Output = Ferry.Protocol.Jingle.Transports.Socks5NegotiationOutput;

namespace Ferry.Protocol.Tests.Jingle.Transports;

public sealed class Socks5NegotiationTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Socks5Candidate[] Ours = [Candidate("od", 100, CandidateType.Direct), Candidate("op", 10, CandidateType.Proxy)];
    private static readonly Socks5Candidate[] Theirs = [Candidate("td", 100, CandidateType.Direct), Candidate("tp", 10, CandidateType.Proxy), Candidate("same", 50, CandidateType.Direct)];

    private static readonly (string Name, Input Input)[] Inputs =
    [
        ("Start", new Input.Start([.. Ours])),
        ("Theirs", new Input.Theirs([.. Theirs])),
        ("RaceWon td", new Input.RaceWon("td")),
        ("RaceWon tp", new Input.RaceWon("tp")),
        ("RaceWon other", new Input.RaceWon("x")),
        ("RaceLost", new Input.RaceLost("x")),
        ("Used od", new Input.Noticed(new Socks5Notice.Used("od"))),
        ("Used op", new Input.Noticed(new Socks5Notice.Used("op"))),
        ("Used other", new Input.Noticed(new Socks5Notice.Used("td"))),
        ("Error", new Input.Noticed(new Socks5Notice.Error())),
        ("Activated", new Input.Noticed(new Socks5Notice.Activated("tp"))),
        ("ProxyError", new Input.Noticed(new Socks5Notice.ProxyError())),
        ("ProxyJoined", new Input.ProxyJoined()),
        ("OwnFailed", new Input.OwnFailed("x")),
        ("Tick", new Input.Tick()),
    ];

    private static readonly Input[] ToRacing = [new Input.Start([.. Ours]), new Input.Theirs([.. Theirs])];
    private static readonly Input Used = new Input.Noticed(new Socks5Notice.Used("od"));
    private static readonly Input UsedProxy = new Input.Noticed(new Socks5Notice.Used("op"));
    private static readonly Input Error = new Input.Noticed(new Socks5Notice.Error());

    [Fact]
    public void Every_state_with_every_input()
    {
        MachineTable.ShouldCoverFamily(Inputs.Select(input => input.Input));
        (string Name, Input[] Path)[] states =
        [
            ("Waiting", []),
            ("Waiting, heard used", [Used]),
            ("Racing, nothing known", [new Input.Start([.. Ours])]),
            ("Racing", ToRacing),
            ("Racing, heard error", [.. ToRacing, Error]),
            ("Settling, said used", [.. ToRacing, new Input.RaceWon("td")]),
            ("Settling, said used proxy", [.. ToRacing, new Input.RaceWon("tp")]),
            ("Settling, said error", [.. ToRacing, new Input.RaceLost("x")]),
            ("Taking", [.. ToRacing, new Input.RaceLost("x"), Used]),
            ("Joining", [.. ToRacing, new Input.RaceLost("x"), UsedProxy]),
            ("AwaitingJoin", [.. ToRacing, new Input.RaceWon("tp"), Error]),
            ("Over", [.. ToRacing, new Input.RaceLost("x"), Error]),
        ];
        var lines = from state in states from input in Inputs select $"{state.Name} | {input.Name} | {Try(state.Path, input.Input)}";
        lines.ShouldBeLines(Table);

        static string Try(Input[] path, Input input)
        {
            var machine = At(JingleRole.Initiator, path);
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
    public void Candidates_are_raced_the_best_first()
    {
        var machine = new Socks5Negotiation(JingleRole.Responder);
        machine.Handle(new Input.Theirs([.. Theirs]), Start).ShouldBeEmpty();
        Show(machine.Handle(new Input.Start([.. Ours]), Start)).ShouldBe("Race(td+same+tp)");
    }

    [Theory]
    [InlineData(JingleRole.Initiator, 60, 50, "UseTheirs(t)")]
    [InlineData(JingleRole.Initiator, 50, 60, "UseOurs(o)")]
    [InlineData(JingleRole.Initiator, 50, 50, "UseTheirs(t)")] // the initiator's choice
    [InlineData(JingleRole.Responder, 50, 50, "UseOurs(o)")]
    public void Of_two_the_higher_priority_and_then_the_initiators_choice_wins(JingleRole role, long theirs, long ours, string expected)
    {
        var machine = At(role, new Input.Start([Candidate("o", ours, CandidateType.Direct)]), new Input.Theirs([Candidate("t", theirs, CandidateType.Direct)]), new Input.RaceWon("t"));
        Show(machine.Handle(new Input.Noticed(new Socks5Notice.Used("o")), Start)).ShouldBe(expected);
    }

    [Fact]
    public void A_peer_with_something_better_stops_our_race()
    {
        var machine = At(JingleRole.Initiator, new Input.Start([Candidate("o", 100, CandidateType.Direct)]), new Input.Theirs([Candidate("t", 99, CandidateType.Direct)]));
        Show(machine.Handle(new Input.Noticed(new Socks5Notice.Used("o")), Start)).ShouldBe("StopRace Notify(Error) UseOurs(o)");
    }

    [Fact]
    public void A_notice_before_the_acceptance_is_kept()
    {
        // Libervia's responder says which candidate it uses before it accepts the session.
        var machine = At(JingleRole.Initiator, new Input.Noticed(new Socks5Notice.Used("o")), new Input.Start([Candidate("o", 100, CandidateType.Direct)]));
        Show(machine.Handle(new Input.Theirs([]), Start)).ShouldBe("Notify(Error) UseOurs(o)");
    }

    [Fact]
    public void Activation_that_is_told_before_it_is_due_is_kept()
    {
        var machine = At(JingleRole.Responder, [.. ToRacing, new Input.RaceWon("tp"), new Input.Noticed(new Socks5Notice.Activated("x"))]);
        Show(machine.Handle(Error, Start)).ShouldBe("UseTheirs(tp)");
    }

    [Fact]
    public void Waits_have_their_time()
    {
        At(JingleRole.Initiator, new Input.Start([])).NextDeadline.ShouldBe(Start.AddSeconds(30));
        At(JingleRole.Initiator, [.. ToRacing, new Input.RaceLost("x")]).NextDeadline.ShouldBe(Start.AddSeconds(30));
        At(JingleRole.Initiator, [.. ToRacing, new Input.RaceWon("tp"), Error]).NextDeadline.ShouldBe(Start.AddSeconds(30));
        At(JingleRole.Initiator, [.. ToRacing, new Input.RaceLost("x"), UsedProxy]).NextDeadline.ShouldBeNull();
    }

    [Fact]
    public void Both_sides_choose_the_same_connection() => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
    {
        var random = new System.Random(seed);
        var sides = new[] { new Side(JingleRole.Initiator, random, "i"), new Side(JingleRole.Responder, random, "r") };
        for (var i = 0; i < 2; i++)
        {
            sides[i].Peer = sides[1 - i];
            sides[i].Inbox.Enqueue(new Input.Theirs([.. sides[1 - i].Mine]));
            sides[i].Inbox.Enqueue(new Input.Start([.. sides[i].Mine]));
        }

        for (var step = 0; step < 200 && sides.Any(side => side.Inbox.Count > 0); step++)
        {
            var side = sides[random.Next(2)];
            if (side.Inbox.TryDequeue(out var input)) side.Take(input);
        }

        (sides[0].End is not null, sides[1].End is not null).ShouldBe((true, true), $"{seed}");
        sides[0].End.ShouldBe(sides[1].End, $"{seed}");
        sides[0].Said.ShouldBe(1);
        sides[1].Said.ShouldBe(1);
    }).QuickCheckThrowOnFailure();

    private static Socks5Candidate Candidate(string cid, long priority, CandidateType type) => new(cid, new Streamhost(Jid.Parse("a@b/c"), "192.0.2.1", 5000), priority, type);

    private static Socks5Negotiation At(JingleRole role, params Input[] path)
    {
        var machine = new Socks5Negotiation(role);
        foreach (var input in path) machine.Handle(input, Start);
        return machine;
    }

    private static string Show(IReadOnlyList<Output> outputs) => outputs.Count == 0 ? "-" : string.Join(" ", outputs.Select(output => output switch
    {
        Output.Race(var theirs) => $"Race({string.Join('+', theirs.Select(candidate => candidate.Cid))})",
        Output.Notify(Socks5Notice.Used used) => $"Notify(Used {used.Cid})",
        Output.Notify(var notice) => $"Notify({notice.GetType().Name})",
        Output.UseTheirs(var candidate) => $"UseTheirs({candidate.Cid})",
        Output.UseOurs(var candidate) => $"UseOurs({candidate.Cid})",
        Output.UseJoined(var candidate) => $"UseJoined({candidate.Cid})",
        Output.Join(var candidate) => $"Join({candidate.Cid})",
        _ => output.GetType().Name,
    }));

    // One side with a network in which some candidates work.
    private sealed class Side
    {
        private readonly Socks5Negotiation _machine;
        private readonly System.Random _random;

        public Side(JingleRole role, System.Random random, string name)
        {
            _machine = new Socks5Negotiation(role);
            _random = random;
            Mine = [.. Enumerable.Range(0, random.Next(4)).Select(i => Candidate($"{name}{i}", random.Next(3), random.Next(3) == 0 ? CandidateType.Proxy : CandidateType.Direct))];
        }

        public List<Socks5Candidate> Mine { get; }

        public Queue<Input> Inbox { get; } = new();

        public Side? Peer { get; set; }

        public string? End { get; private set; }

        public int Said { get; private set; }

        public void Take(Input input)
        {
            foreach (var output in _machine.Handle(input, Start))
            {
                switch (output)
                {
                    case Output.Race(var theirs):
                        Inbox.Enqueue(_random.Next(2) == 0 ? new Input.RaceLost("x") : new Input.RaceWon(theirs[_random.Next(theirs.Length)].Cid));
                        break;
                    case Output.Notify(var notice):
                        if (notice is Socks5Notice.Used or Socks5Notice.Error) Said++;
                        Peer!.Inbox.Enqueue(new Input.Noticed(notice));
                        break;
                    case Output.Join:
                        Inbox.Enqueue(_random.Next(3) == 0 ? new Input.OwnFailed("x") : new Input.ProxyJoined());
                        break;
                    case Output.UseTheirs(var candidate):
                        End = candidate.Cid;
                        break;
                    case Output.UseOurs(var candidate):
                        End = candidate.Cid;
                        break;
                    case Output.UseJoined(var candidate):
                        End = candidate.Cid;
                        break;
                    case Output.Failed:
                        End = "failed";
                        break;
                }
            }
        }
    }

    private const string Table = """
        Waiting | Start | -
        Waiting | Theirs | -
        Waiting | RaceWon td | -
        Waiting | RaceWon tp | -
        Waiting | RaceWon other | -
        Waiting | RaceLost | -
        Waiting | Used od | -
        Waiting | Used op | -
        Waiting | Used other | -
        Waiting | Error | -
        Waiting | Activated | -
        Waiting | ProxyError | -
        Waiting | ProxyJoined | -
        Waiting | OwnFailed | -
        Waiting | Tick | -
        Waiting, heard used | Start | -
        Waiting, heard used | Theirs | -
        Waiting, heard used | RaceWon td | -
        Waiting, heard used | RaceWon tp | -
        Waiting, heard used | RaceWon other | -
        Waiting, heard used | RaceLost | -
        Waiting, heard used | Used od | -
        Waiting, heard used | Used op | -
        Waiting, heard used | Used other | -
        Waiting, heard used | Error | -
        Waiting, heard used | Activated | -
        Waiting, heard used | ProxyError | -
        Waiting, heard used | ProxyJoined | -
        Waiting, heard used | OwnFailed | -
        Waiting, heard used | Tick | -
        Racing, nothing known | Start | throws
        Racing, nothing known | Theirs | Race(td+same+tp)
        Racing, nothing known | RaceWon td | -
        Racing, nothing known | RaceWon tp | -
        Racing, nothing known | RaceWon other | -
        Racing, nothing known | RaceLost | Notify(Error)
        Racing, nothing known | Used od | -
        Racing, nothing known | Used op | -
        Racing, nothing known | Used other | StopRace Failed
        Racing, nothing known | Error | -
        Racing, nothing known | Activated | -
        Racing, nothing known | ProxyError | -
        Racing, nothing known | ProxyJoined | -
        Racing, nothing known | OwnFailed | -
        Racing, nothing known | Tick | StopRace Notify(Error)
        Racing | Start | throws
        Racing | Theirs | -
        Racing | RaceWon td | Notify(Used td)
        Racing | RaceWon tp | Notify(Used tp)
        Racing | RaceWon other | -
        Racing | RaceLost | Notify(Error)
        Racing | Used od | -
        Racing | Used op | -
        Racing | Used other | StopRace Failed
        Racing | Error | -
        Racing | Activated | -
        Racing | ProxyError | -
        Racing | ProxyJoined | -
        Racing | OwnFailed | -
        Racing | Tick | StopRace Notify(Error)
        Racing, heard error | Start | throws
        Racing, heard error | Theirs | -
        Racing, heard error | RaceWon td | Notify(Used td) UseTheirs(td)
        Racing, heard error | RaceWon tp | Notify(Used tp)
        Racing, heard error | RaceWon other | -
        Racing, heard error | RaceLost | Notify(Error) Failed
        Racing, heard error | Used od | -
        Racing, heard error | Used op | -
        Racing, heard error | Used other | -
        Racing, heard error | Error | -
        Racing, heard error | Activated | -
        Racing, heard error | ProxyError | -
        Racing, heard error | ProxyJoined | -
        Racing, heard error | OwnFailed | -
        Racing, heard error | Tick | StopRace Notify(Error) Failed
        Settling, said used | Start | throws
        Settling, said used | Theirs | -
        Settling, said used | RaceWon td | -
        Settling, said used | RaceWon tp | -
        Settling, said used | RaceWon other | -
        Settling, said used | RaceLost | -
        Settling, said used | Used od | UseTheirs(td)
        Settling, said used | Used op | UseTheirs(td)
        Settling, said used | Used other | Failed
        Settling, said used | Error | UseTheirs(td)
        Settling, said used | Activated | -
        Settling, said used | ProxyError | -
        Settling, said used | ProxyJoined | -
        Settling, said used | OwnFailed | -
        Settling, said used | Tick | Failed
        Settling, said used proxy | Start | throws
        Settling, said used proxy | Theirs | -
        Settling, said used proxy | RaceWon td | -
        Settling, said used proxy | RaceWon tp | -
        Settling, said used proxy | RaceWon other | -
        Settling, said used proxy | RaceLost | -
        Settling, said used proxy | Used od | UseOurs(od)
        Settling, said used proxy | Used op | -
        Settling, said used proxy | Used other | Failed
        Settling, said used proxy | Error | -
        Settling, said used proxy | Activated | -
        Settling, said used proxy | ProxyError | -
        Settling, said used proxy | ProxyJoined | -
        Settling, said used proxy | OwnFailed | -
        Settling, said used proxy | Tick | Failed
        Settling, said error | Start | throws
        Settling, said error | Theirs | -
        Settling, said error | RaceWon td | -
        Settling, said error | RaceWon tp | -
        Settling, said error | RaceWon other | -
        Settling, said error | RaceLost | -
        Settling, said error | Used od | UseOurs(od)
        Settling, said error | Used op | Join(op)
        Settling, said error | Used other | Failed
        Settling, said error | Error | Failed
        Settling, said error | Activated | -
        Settling, said error | ProxyError | -
        Settling, said error | ProxyJoined | -
        Settling, said error | OwnFailed | -
        Settling, said error | Tick | Failed
        Taking | Start | throws
        Taking | Theirs | -
        Taking | RaceWon td | -
        Taking | RaceWon tp | -
        Taking | RaceWon other | -
        Taking | RaceLost | -
        Taking | Used od | -
        Taking | Used op | -
        Taking | Used other | -
        Taking | Error | -
        Taking | Activated | -
        Taking | ProxyError | -
        Taking | ProxyJoined | -
        Taking | OwnFailed | Failed
        Taking | Tick | -
        Joining | Start | throws
        Joining | Theirs | -
        Joining | RaceWon td | -
        Joining | RaceWon tp | -
        Joining | RaceWon other | -
        Joining | RaceLost | -
        Joining | Used od | -
        Joining | Used op | -
        Joining | Used other | -
        Joining | Error | -
        Joining | Activated | -
        Joining | ProxyError | Failed
        Joining | ProxyJoined | Notify(Activated) UseJoined(op)
        Joining | OwnFailed | Notify(ProxyError) Failed
        Joining | Tick | -
        AwaitingJoin | Start | throws
        AwaitingJoin | Theirs | -
        AwaitingJoin | RaceWon td | -
        AwaitingJoin | RaceWon tp | -
        AwaitingJoin | RaceWon other | -
        AwaitingJoin | RaceLost | -
        AwaitingJoin | Used od | -
        AwaitingJoin | Used op | -
        AwaitingJoin | Used other | -
        AwaitingJoin | Error | -
        AwaitingJoin | Activated | UseTheirs(tp)
        AwaitingJoin | ProxyError | Failed
        AwaitingJoin | ProxyJoined | -
        AwaitingJoin | OwnFailed | -
        AwaitingJoin | Tick | Failed
        Over | Start | -
        Over | Theirs | -
        Over | RaceWon td | -
        Over | RaceWon tp | -
        Over | RaceWon other | -
        Over | RaceLost | -
        Over | Used od | -
        Over | Used op | -
        Over | Used other | -
        Over | Error | -
        Over | Activated | -
        Over | ProxyError | -
        Over | ProxyJoined | -
        Over | OwnFailed | -
        Over | Tick | -
        """;
}
