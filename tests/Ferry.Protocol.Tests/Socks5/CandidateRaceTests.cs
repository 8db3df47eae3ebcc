using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Ferry.Protocol.Socks5;
using static Ferry.Protocol.Socks5.RaceInput;

namespace Ferry.Protocol.Tests.Socks5;

public class CandidateRaceTests
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// Two direct streamhosts; the first is brought into the state, the second waits, then the input comes (about the first).
    /// Expected: what comes out, «-» for nothing, «throws» for what can't be true.
    /// </summary>
    [Theory]
    [InlineData("fresh", "start", "Connect 0")]
    [InlineData("fresh", "connected", "throws")]
    [InlineData("fresh", "refused", "throws")]
    [InlineData("fresh", "done", "throws")]
    [InlineData("fresh", "failed", "throws")]
    [InlineData("fresh", "tick", "throws")]
    [InlineData("fresh", "cancel", "Lost Cancelled NotTried NotTried")]
    [InlineData("connecting", "start", "throws")]
    [InlineData("connecting", "connected", "Negotiate 0")]
    [InlineData("connecting", "refused", "Connect 1")]
    [InlineData("connecting", "done", "throws")]
    [InlineData("connecting", "failed", "throws")]
    [InlineData("connecting", "tick", "-")]
    [InlineData("connecting", "cancel", "Close 0, Lost Cancelled Unfinished NotTried")]
    [InlineData("negotiating", "start", "throws")]
    [InlineData("negotiating", "connected", "throws")]
    [InlineData("negotiating", "refused", "throws")]
    [InlineData("negotiating", "done", "Won 0")]
    [InlineData("negotiating", "failed", "Close 0, Connect 1")]
    [InlineData("negotiating", "tick", "-")]
    [InlineData("negotiating", "cancel", "Close 0, Lost Cancelled Unfinished NotTried")]
    [InlineData("connected", "start", "throws")]
    [InlineData("connected", "connected", "throws")]
    [InlineData("connected", "refused", "throws")]
    [InlineData("connected", "done", "throws")]
    [InlineData("connected", "failed", "throws")]
    [InlineData("connected", "tick", "-")]
    [InlineData("connected", "cancel", "Close 0, Close 1, Lost Cancelled Unfinished Unfinished")]
    [InlineData("failed", "start", "throws")]
    [InlineData("failed", "connected", "-")]
    [InlineData("failed", "refused", "-")]
    [InlineData("failed", "done", "-")]
    [InlineData("failed", "failed", "-")]
    [InlineData("failed", "tick", "-")]
    [InlineData("failed", "cancel", "Close 1, Lost Cancelled Connect Unfinished")]
    [InlineData("won", "start", "throws")]
    [InlineData("won", "connected", "-")]
    [InlineData("won", "refused", "-")]
    [InlineData("won", "done", "-")]
    [InlineData("won", "failed", "-")]
    [InlineData("won", "tick", "-")]
    [InlineData("won", "cancel", "-")]
    [InlineData("lost", "start", "throws")]
    [InlineData("lost", "connected", "-")]
    [InlineData("lost", "refused", "-")]
    [InlineData("lost", "done", "-")]
    [InlineData("lost", "failed", "-")]
    [InlineData("lost", "tick", "-")]
    [InlineData("lost", "cancel", "-")]
    public void Every_state_answers_every_input(string state, string input, string expected)
    {
        Run race = Bring(state);
        race.Take();
        RaceInput given = input switch
        {
            "start" => new Start(),
            "connected" => new TcpConnected(0),
            "refused" => new TcpFailed(0, "x"),
            "done" => new SocksDone(0),
            "failed" => new SocksFailed(0, "x"),
            "tick" => new Tick(),
            _ => new Cancel(),
        };
        string seen;
        try
        {
            race.Give(given);
            seen = race.Take();
        }
        catch (InvalidOperationException)
        {
            seen = "throws";
        }

        seen.ShouldBe(expected);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-1)]
    public void A_streamhost_that_is_not_there_throws(int index) =>
        Should.Throw<InvalidOperationException>(() => Bring("connecting").Give(new TcpConnected(index)));

    [Fact]
    public void More_than_sixteen_streamhosts_are_misuse() =>
        Should.Throw<ArgumentOutOfRangeException>(() => new CandidateRace([.. new bool[17]]));

    [Fact]
    public void No_streamhosts_is_lost_at_once() => Begin().Take().ShouldBe("Lost Exhausted");

    [Fact]
    public void The_next_starts_after_200_ms_or_at_once_on_a_failure()
    {
        Run race = Begin(false, false, false, false);
        race.Take().ShouldBe("Connect 0");
        race.Next().ShouldBe(200);
        race.Give(new Tick()).Take().ShouldBe("Connect 1");
        race.At(250).Give(new TcpFailed(0, "x")).Take().ShouldBe("Connect 2");
        race.Next().ShouldBe(450);
        race.Give(new Tick()).Take().ShouldBe("Connect 3");
        race.Next().ShouldBe(5200);
    }

    [Fact]
    public void An_exchange_under_way_keeps_the_others_back_for_two_seconds()
    {
        Run race = Begin(false, false, false);
        race.At(200).Give(new Tick()).Take();
        race.At(250).Give(new TcpConnected(0)).Take().ShouldBe("Negotiate 0");
        race.At(260).Give(new TcpConnected(1)).Take().ShouldBe("-"); // open, but silent
        race.Next().ShouldBe(2250);
        race.Give(new Tick()).Take().ShouldBe("Negotiate 1");
        race.Next().ShouldBe(4250);
        race.Give(new Tick()).Take().ShouldBe("Connect 2");
        race.At(4300).Give(new SocksDone(1)).Take().ShouldBe("Close 0, Close 2, Won 1");
        race.Race.NextDeadline.ShouldBeNull();
    }

    [Fact]
    public void The_next_exchange_begins_at_once_when_one_fails()
    {
        Run race = Begin(false, false, false);
        race.At(200).Give(new Tick()).Take();
        race.At(250).Give(new TcpConnected(1)).Take().ShouldBe("Negotiate 1");
        race.At(260).Give(new TcpConnected(0)).Take().ShouldBe("-");
        race.At(300).Give(new SocksFailed(1, "refused")).Take().ShouldBe("Close 1, Negotiate 0");
        race.At(400).Give(new SocksFailed(0, "refused")).Take().ShouldBe("Close 0, Connect 2");
    }

    [Fact]
    public void A_failure_elsewhere_does_not_break_the_hold()
    {
        Run race = Begin(false, false, false);
        race.At(200).Give(new Tick()).Take();
        race.At(250).Give(new TcpConnected(1)).Take();
        race.At(300).Give(new TcpFailed(0, "x")).Take().ShouldBe("-");
        race.Next().ShouldBe(2250);
        race.Give(new Tick()).Take().ShouldBe("Connect 2");
    }

    [Fact]
    public void Proxies_are_tried_one_at_a_time_and_direct_ones_overtake()
    {
        Run race = Begin(true, true, false);
        race.Take().ShouldBe("Connect 0");
        race.At(200).Give(new Tick()).Take().ShouldBe("Connect 2");
        race.Next().ShouldBe(5000);
        race.At(300).Give(new TcpFailed(0, "x")).Take().ShouldBe("Connect 1");
    }

    [Fact]
    public void Tcp_and_socks_have_five_seconds_each()
    {
        Run race = Begin(false);
        race.Next().ShouldBe(5000);
        race.At(4999).Give(new TcpConnected(0)).Take().ShouldBe("Connect 0, Negotiate 0");
        race.Next().ShouldBe(9999);
        race.Give(new Tick()).Take().ShouldBe("Close 0, Lost Exhausted SocksTimeout");

        Begin(false).At(5000).Give(new Tick()).Take().ShouldBe("Connect 0, Close 0, Lost Exhausted ConnectTimeout");
    }

    [Fact]
    public void All_ends_after_twelve_seconds()
    {
        Run race = Begin(true, true, true, true);
        race.At(5000).Give(new Tick()).At(10000).Give(new Tick());
        race.Next().ShouldBe(12000);
        race.At(12000).Give(new Tick()).Take()
            .ShouldBe("Connect 0, Close 0, Connect 1, Close 1, Connect 2, Close 2, Lost TimedOut ConnectTimeout ConnectTimeout Unfinished NotTried");
    }

    [Fact]
    public void A_success_that_comes_too_late_is_none()
    {
        Run race = Begin(true, true, true);
        race.At(5000).Give(new Tick()).At(9900).Give(new TcpConnected(1)).Take();
        race.At(12000).Give(new SocksDone(1)).Take().ShouldBe("Close 1, Lost TimedOut ConnectTimeout Unfinished NotTried");
    }

    [Fact]
    public void Ten_dead_candidates_do_not_keep_a_live_one_waiting()
    {
        Run race = Begin(new bool[11]);
        for (int ms = 200; ms <= 2000; ms += 200)
        {
            race.At(ms).Give(new Tick());
        }

        race.Take().ShouldEndWith("Connect 10");
        race.At(2010).Give(new TcpConnected(10)).Take().ShouldBe("Negotiate 10");
    }

    [Fact]
    public void Any_schedule_ends_in_time_with_one_winner_and_nothing_left_open() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), Play).QuickCheckThrowOnFailure();

    /// <summary>A network that answers as it likes, some of it after our close; ticks come when due or a little late.</summary>
    private static void Play(int seed)
    {
        var random = new Random(seed);
        var race = new CandidateRace([.. Enumerable.Range(0, random.Next(0, 17)).Select(_ => random.Next(2) == 0)]);
        var events = new PriorityQueue<RaceInput, int>();
        var open = new HashSet<int>();
        int? winner = null;
        bool lost = false;
        int now = 0;
        race.Handle(new Start(), Epoch);
        Drain();
        while (!race.HasEnded)
        {
            int due = (int)(race.NextDeadline!.Value - Epoch).TotalMilliseconds;
            due.ShouldBeGreaterThanOrEqualTo(now);
            if (events.TryPeek(out RaceInput? next, out int at) && at <= due)
            {
                events.Dequeue();
                now = Math.Max(now, at);
                if (next is TcpFailed(int failed, _))
                {
                    open.Remove(failed);
                }

                race.Handle(next, Epoch.AddMilliseconds(now));
            }
            else
            {
                now = due;
                race.Handle(new Tick(), Epoch.AddMilliseconds(now));
                (race.HasEnded || race.NextDeadline > Epoch.AddMilliseconds(now)).ShouldBeTrue("a tick makes progress");
            }

            Drain();
        }

        now.ShouldBeLessThanOrEqualTo(12000);
        (winner is not null).ShouldNotBe(lost);
        open.ShouldBe(winner is { } one ? [one] : []);

        // What comes late changes nothing.
        while (events.TryDequeue(out RaceInput? late, out _))
        {
            race.Handle(late, Epoch.AddMilliseconds(now));
            race.TryTake(out _).ShouldBeFalse();
        }

        void Drain()
        {
            while (race.TryTake(out RaceOutput? output))
            {
                (winner is null && !lost).ShouldBeTrue("nothing comes after the end");
                switch (output)
                {
                    case RaceOutput.Connect(int i):
                        open.Add(i).ShouldBeTrue();
                        Schedule(random.Next(4) == 0 ? new TcpFailed(i, "x") : new TcpConnected(i));
                        break;
                    case RaceOutput.Negotiate(int i):
                        open.ShouldContain(i);
                        Schedule(random.Next(3) == 0 ? new SocksDone(i) : new SocksFailed(i, "x"));
                        break;
                    case RaceOutput.Close(int i):
                        open.Remove(i).ShouldBeTrue();
                        break;
                    case RaceOutput.Won(int i):
                        open.ShouldBe([i]);
                        winner = i;
                        break;
                    case RaceOutput.Lost:
                        open.ShouldBeEmpty();
                        lost = true;
                        break;
                }
            }
        }

        void Schedule(RaceInput input)
        {
            int delay = random.Next(5) switch { 0 => 0, 1 => random.Next(250), 2 => random.Next(3000), 3 => random.Next(9000), _ => 20000 };
            events.Enqueue(input, now + delay);
        }
    }

    private static Run Bring(string state)
    {
        Run race = new(new CandidateRace([false, false]));
        switch (state)
        {
            case "connecting":
                race.Give(new Start());
                break;
            case "negotiating":
                race.Give(new Start()).Give(new TcpConnected(0));
                break;
            case "connected":
                race.Give(new Start()).At(200).Give(new Tick()).Give(new TcpConnected(1)).Give(new TcpConnected(0));
                break;
            case "failed":
                race.Give(new Start()).Give(new TcpFailed(0, "x"));
                break;
            case "won":
                race.Give(new Start()).Give(new TcpConnected(0)).Give(new SocksDone(0));
                break;
            case "lost":
                race.Give(new Start()).Give(new Cancel());
                break;
        }

        return race;
    }

    private static Run Begin(params bool[] isProxy) => new Run(new CandidateRace([.. isProxy])).Give(new Start());

    private sealed class Run(CandidateRace race)
    {
        private int _now;

        public CandidateRace Race => race;

        public Run At(int milliseconds)
        {
            _now = milliseconds;
            return this;
        }

        public Run Give(RaceInput input)
        {
            race.Handle(input, Epoch.AddMilliseconds(_now));
            return this;
        }

        /// <summary>When the race wants to be woken; time moves there.</summary>
        public int Next() => _now = (int)(race.NextDeadline.ShouldNotBeNull() - Epoch).TotalMilliseconds;

        public string Take()
        {
            var seen = new List<string>();
            while (race.TryTake(out RaceOutput? output))
            {
                seen.Add(output switch
                {
                    RaceOutput.Connect(int i) => $"Connect {i}",
                    RaceOutput.Negotiate(int i) => $"Negotiate {i}",
                    RaceOutput.Close(int i) => $"Close {i}",
                    RaceOutput.Won(int i) => $"Won {i}",
                    RaceOutput.Lost(RaceLoss why, ImmutableArray<CandidateFailure> failures) =>
                        string.Join(' ', [$"Lost {why}", .. failures.Select(f => f.Kind.ToString())]),
                    _ => throw new InvalidOperationException(),
                });
            }

            return seen.Count == 0 ? "-" : string.Join(", ", seen);
        }
    }
}
