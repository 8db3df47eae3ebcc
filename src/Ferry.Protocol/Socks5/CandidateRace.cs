using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Ferry.Protocol.Socks5;

/// <summary>
/// The target's search for a streamhost that works (XEP-0065 §5.3.2; times from our own ruling, because the XEP has none).
/// </summary>
/// <remarks>
/// <para>Each streamhost is Waiting → Connecting → Connected → Negotiating → winner, or Failed from anywhere. Who speaks: the driver
/// reports what sockets do and when <see cref="NextDeadline"/> has come; the race answers with outputs, to be taken until none is left
/// before the next input.</para>
/// <para>Rules. The next streamhost in the offer's order starts <see cref="Stagger"/> after the last one, or at once when one fails.
/// While an exchange is under way, none starts and no other exchange begins for <see cref="Hold"/>: libpurple and OneTeam accept one
/// connection and stop listening, QXmpp lets a second one replace the first. Proxies one at a time: a direct one behind it may overtake.
/// The first to finish SOCKS5 wins.</para>
/// <para>Invariants. One end, at most <see cref="Total"/> after the start: Won or Lost. Every Connect of a streamhost that isn't the
/// winner is followed by TcpFailed from the driver or Close from here, before the end. Reports about a streamhost that was closed here are
/// late, not wrong, and change nothing; reports that can't be true throw.</para>
/// </remarks>
public sealed class CandidateRace
{
    /// <summary>From one start to the next while no TCP connection stands.</summary>
    public static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(200);

    /// <summary>How long an exchange under way keeps the others back.</summary>
    public static readonly TimeSpan Hold = TimeSpan.FromSeconds(2);

    /// <summary>For one TCP connection.</summary>
    public static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(5);

    /// <summary>For one SOCKS5 exchange.</summary>
    public static readonly TimeSpan SocksTime = TimeSpan.FromSeconds(5);

    /// <summary>For everything: the answer must reach a requester that waits 15 s (Spark).</summary>
    public static readonly TimeSpan Total = TimeSpan.FromSeconds(12);

    private readonly ImmutableArray<bool> _isProxy;
    private readonly Host[] _hosts;
    private readonly Queue<RaceOutput> _outputs = new();
    private Phase _phase = new Phase.Fresh();

    /// <param name="isProxy">For each streamhost in the offer's order, after the policy: is it a proxy.</param>
    public CandidateRace(ImmutableArray<bool> isProxy)
    {
        if (isProxy.Length > StreamhostPolicy.MaxStreamhosts)
        {
            throw new ArgumentOutOfRangeException(nameof(isProxy));
        }

        _isProxy = isProxy;
        _hosts = new Host[isProxy.Length];
        Array.Fill(_hosts, new Host.Waiting());
    }

    /// <summary>When to send <see cref="RaceInput.Tick"/>; null before the start and after the end.</summary>
    public DateTimeOffset? NextDeadline => _phase is Phase.Running running ? Earliest(running) : null;

    /// <summary>True once Won or Lost is among the outputs.</summary>
    public bool HasEnded => _phase is Phase.Ended;

    /// <summary>The next thing to do; false when there is none.</summary>
    public bool TryTake([NotNullWhen(true)] out RaceOutput? output) => _outputs.TryDequeue(out output);

    /// <summary>Takes one input. Time must not run backwards.</summary>
    /// <exception cref="InvalidOperationException">The input can't be true in this state.</exception>
    public void Handle(RaceInput input, DateTimeOffset now)
    {
        switch (_phase, input)
        {
            case (Phase.Fresh, RaceInput.Start):
                _phase = new Phase.Running(now + Total, now);
                Advance(now);
                break;
            case (Phase.Fresh, RaceInput.Cancel):
                Lose(RaceLoss.Cancelled);
                break;
            case (Phase.Running running, RaceInput.Tick) when now < running.EndsAt:
                Advance(now);
                break;
            case (Phase.Running, RaceInput.Cancel):
                Lose(RaceLoss.Cancelled);
                break;
            case (Phase.Running running, not RaceInput.Start):
                if (now >= running.EndsAt)
                {
                    Lose(RaceLoss.TimedOut);
                    break;
                }

                Report(input, now);
                break;
            case (Phase.Ended, not RaceInput.Start):
                CheckLate(input);
                break;
            default:
                throw Impossible(input);
        }
    }

    private void Report(RaceInput input, DateTimeOffset now)
    {
        switch (input)
        {
            case RaceInput.TcpConnected(int index) when HostAt(index) is Host.Connecting:
                _hosts[index] = new Host.Connected();
                break;
            case RaceInput.TcpFailed(int index, string reason) when HostAt(index) is Host.Connecting:
                Fail(index, CandidateFailureKind.Connect, reason, now);
                break;
            case RaceInput.SocksDone(int index) when HostAt(index) is Host.Negotiating:
                Win(index);
                return;
            case RaceInput.SocksFailed(int index, string reason) when HostAt(index) is Host.Negotiating:
                _outputs.Enqueue(new RaceOutput.Close(index));
                Fail(index, CandidateFailureKind.Socks, reason, now);
                break;
            default:
                CheckLate(input);
                break;
        }

        Advance(now);
    }

    /// <summary>Everything that time alone brings about, then what follows from the state of things.</summary>
    private void Advance(DateTimeOffset now)
    {
        for (int i = 0; i < _hosts.Length; i++)
        {
            switch (_hosts[i])
            {
                case Host.Connecting(DateTimeOffset until) when now >= until:
                    _outputs.Enqueue(new RaceOutput.Close(i));
                    Fail(i, CandidateFailureKind.ConnectTimeout, "no connection in time", now);
                    break;
                case Host.Negotiating(_, DateTimeOffset until) when now >= until:
                    _outputs.Enqueue(new RaceOutput.Close(i));
                    Fail(i, CandidateFailureKind.SocksTimeout, "no answer in time", now);
                    break;
            }
        }

        if (now >= HeldUntil() && FirstWhere(host => host is Host.Connected) is { } connected)
        {
            _hosts[connected] = new Host.Negotiating(now + Hold, now + SocksTime);
            _outputs.Enqueue(new RaceOutput.Negotiate(connected));
        }

        if (NextStart() is { } start && now >= start)
        {
            int next = NextStartable()!.Value;
            _hosts[next] = new Host.Connecting(now + ConnectTime);
            _outputs.Enqueue(new RaceOutput.Connect(next));
            _phase = (Phase.Running)_phase with { NextStart = now + Stagger };
        }

        if (_hosts.All(host => host is Host.Failed))
        {
            Lose(RaceLoss.Exhausted);
        }
    }

    private void Fail(int index, CandidateFailureKind kind, string detail, DateTimeOffset now)
    {
        _hosts[index] = new Host.Failed(new CandidateFailure(index, kind, detail));
        _phase = (Phase.Running)_phase with { NextStart = now };
    }

    private void Win(int winner)
    {
        CloseOpen(except: winner);
        _outputs.Enqueue(new RaceOutput.Won(winner));
        _phase = new Phase.Ended();
    }

    private void Lose(RaceLoss why)
    {
        CloseOpen(except: -1);
        ImmutableArray<CandidateFailure> failures =
        [
            .. _hosts.Select((host, i) => host switch
            {
                Host.Failed(CandidateFailure failure) => failure,
                Host.Waiting => new CandidateFailure(i, CandidateFailureKind.NotTried, "not tried"),
                _ => new CandidateFailure(i, CandidateFailureKind.Unfinished, "unfinished"),
            }),
        ];
        _outputs.Enqueue(new RaceOutput.Lost(why, failures));
        _phase = new Phase.Ended();
    }

    private void CloseOpen(int except)
    {
        for (int i = 0; i < _hosts.Length; i++)
        {
            if (i != except && IsOpen(_hosts[i]))
            {
                _outputs.Enqueue(new RaceOutput.Close(i));
            }
        }
    }

    /// <summary>A report that a close from here has overtaken is fine; one about a streamhost that never got so far is not.</summary>
    private void CheckLate(RaceInput input)
    {
        bool late = input switch
        {
            RaceInput.TcpConnected(int index) => Overtaken(index),
            RaceInput.TcpFailed(int index, _) => Overtaken(index),
            RaceInput.SocksDone(int index) => Overtaken(index),
            RaceInput.SocksFailed(int index, _) => Overtaken(index),
            RaceInput.Tick or RaceInput.Cancel => true,
            _ => false,
        };
        if (!late)
        {
            throw Impossible(input);
        }
    }

    private bool Overtaken(int index) => HostAt(index) is Host.Failed || (HasEnded && IsOpen(HostAt(index)));

    private Host HostAt(int index) =>
        index >= 0 && index < _hosts.Length ? _hosts[index] : throw new InvalidOperationException($"there is no streamhost {index}");

    private static bool IsOpen(Host host) => host is Host.Connecting or Host.Connected or Host.Negotiating;

    private DateTimeOffset HeldUntil() =>
        _hosts.OfType<Host.Negotiating>().Select(host => host.HoldsUntil).DefaultIfEmpty(DateTimeOffset.MinValue).Max();

    private DateTimeOffset? NextStart()
    {
        if (NextStartable() is null)
        {
            return null;
        }

        DateTimeOffset held = HeldUntil();
        DateTimeOffset due = ((Phase.Running)_phase).NextStart;
        return held > due ? held : due;
    }

    private int? NextStartable()
    {
        bool proxyBusy = FirstWhere(IsOpen, proxiesOnly: true) is not null;
        for (int i = 0; i < _hosts.Length; i++)
        {
            if (_hosts[i] is Host.Waiting && !(proxyBusy && _isProxy[i]))
            {
                return i;
            }
        }

        return null;
    }

    private int? FirstWhere(Func<Host, bool> test, bool proxiesOnly = false)
    {
        for (int i = 0; i < _hosts.Length; i++)
        {
            if (test(_hosts[i]) && (_isProxy[i] || !proxiesOnly))
            {
                return i;
            }
        }

        return null;
    }

    private DateTimeOffset Earliest(Phase.Running running)
    {
        DateTimeOffset earliest = running.EndsAt;
        Consider(NextStart());
        foreach (Host host in _hosts)
        {
            Consider(host switch
            {
                Host.Connecting(DateTimeOffset until) => until,
                Host.Negotiating(_, DateTimeOffset until) => until,
                Host.Connected => HeldUntil(),
                _ => null,
            });
        }

        return earliest;

        void Consider(DateTimeOffset? other) => earliest = other < earliest ? other.Value : earliest;
    }

    private InvalidOperationException Impossible(RaceInput input) => new($"{input} in {_phase.GetType().Name}");

    private abstract record Phase
    {
        internal sealed record Fresh : Phase;

        /// <param name="EndsAt">The end of everything.</param>
        /// <param name="NextStart">When the next may start as far as the others' connections go.</param>
        internal sealed record Running(DateTimeOffset EndsAt, DateTimeOffset NextStart) : Phase;

        internal sealed record Ended : Phase;
    }

    private abstract record Host
    {
        internal sealed record Waiting : Host;

        internal sealed record Connecting(DateTimeOffset Until) : Host;

        /// <summary>Its TCP connection stands, another's exchange is under way.</summary>
        internal sealed record Connected : Host;

        internal sealed record Negotiating(DateTimeOffset HoldsUntil, DateTimeOffset Until) : Host;

        internal sealed record Failed(CandidateFailure Failure) : Host;
    }
}
