using System.Collections.Immutable;
using Input = Ferry.Protocol.Jingle.Transports.Socks5NegotiationInput;
using Output = Ferry.Protocol.Jingle.Transports.Socks5NegotiationOutput;

namespace Ferry.Protocol.Jingle.Transports;

/// <summary>
/// How two sides that both offer SOCKS5 candidates settle on one connection (XEP-0260 section 2), without I/O and alike on both sides.
/// <para>
/// Theory of operation. Waiting → Racing → Settling → Joining or AwaitingJoin → Over. Each side tries the other's candidates and says exactly once what
/// came of it. When both have spoken each side knows the nominated candidate: the only one that was used, or the one of higher priority, or, where they
/// are equal, the one that the initiator chose. Anything but a proxy may be used at once. A proxy is joined by who offered it, who then says so; the other
/// one waits for that. Notices may come before we have started and before the peer's candidates: they are kept. A peer that already has something better
/// than all that we still try stops our race.
/// </para>
/// <para>Ids of candidates are looked up among those of the side that offered them. An unknown one ends the negotiation: the peer speaks of another stream.</para>
/// </summary>
public sealed class Socks5Negotiation(JingleRole role)
{
    private readonly List<Socks5Candidate> _theirs = [];
    private ImmutableArray<Socks5Candidate> _ours = [];
    private State _state = State.Waiting;
    private DateTimeOffset? _deadline;
    private Socks5Notice? _said;  // by us
    private Socks5Notice? _heard; // from the peer
    private Socks5Candidate? _nominated;
    private bool _nominatedIsOurs;
    private bool _joinHeard;
    private bool _joinFailed;
    private bool _theirsKnown;
    private List<Output> _outputs = [];

    private enum State
    {
        Waiting,
        Racing,
        Settling,
        Joining,
        AwaitingJoin,
        Taking,
        Over,
    }

    /// <summary>For the peer's candidates to come once we have started, for our own search, and again for its notice after ours.</summary>
    public TimeSpan NoticeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the peer to have its proxy join us. Conversations never says that it failed.</summary>
    public TimeSpan JoinTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>When to hand in Tick; null: nothing is waited for from the peer.</summary>
    public DateTimeOffset? NextDeadline => _deadline;

    /// <summary>Whether a stream or Failed was put out, and nothing more can follow.</summary>
    public bool IsOver => _state == State.Over;

    /// <summary>Takes one input; the outputs are to be carried out in their order.</summary>
    /// <exception cref="InvalidOperationException">The driver did what it was not asked for.</exception>
    public IReadOnlyList<Output> Handle(Input input, DateTimeOffset now)
    {
        _outputs = [];
        switch (input)
        {
            case var _ when _state == State.Over:
                break;
            case Input.Start(var ours):
                if (_state != State.Waiting) throw new InvalidOperationException("started twice");
                _ours = ours;
                _state = State.Racing;
                _deadline = now + NoticeTimeout;
                TryRace(now);
                break;
            case Input.Theirs(var candidates):
                Learn(candidates, now);
                break;
            case Input.Noticed(var notice):
                Hear(notice, now);
                break;
            case Input.RaceWon(var cid) when _state == State.Racing && _said is null && _theirs.Any(candidate => candidate.Cid == cid):
                Say(new Socks5Notice.Used(cid), now);
                break;
            case Input.RaceLost when _state == State.Racing && _said is null:
                Say(new Socks5Notice.Error(), now);
                break;
            case Input.ProxyJoined when _state == State.Joining:
                Put(new Output.Notify(new Socks5Notice.Activated(_nominated!.Cid)));
                Finish(new Output.UseJoined(_nominated));
                break;
            case Input.OwnFailed(var text) when _state is State.Joining:
                Put(new Output.Notify(new Socks5Notice.ProxyError()));
                Finish(new Output.Failed(text));
                break;
            case Input.OwnFailed(var text) when _state is State.Taking:
                Finish(new Output.Failed(text));
                break;
            case Input.Tick:
                if (now >= _deadline) TimeIsUp(now);
                break;
            default:
                break; // late: a report of a race that was stopped
        }

        return _outputs;
    }

    private void TimeIsUp(DateTimeOffset now)
    {
        if (_state == State.Racing && _said is null)
        {
            // The peer's candidates never came.
            Put(new Output.StopRace());
            Say(new Socks5Notice.Error(), now);
            return;
        }

        Finish(new Output.Failed(_state == State.AwaitingJoin ? "the peer's proxy was not activated in time" : "the peer did not say in time which candidate it uses"));
    }

    private void Learn(ImmutableArray<Socks5Candidate> candidates, DateTimeOffset now)
    {
        foreach (var candidate in candidates)
        {
            if (_theirs.Count < Socks5Transport.MostCandidates && _theirs.All(known => known.Cid != candidate.Cid)) _theirs.Add(candidate);
        }

        // Those that come when the race is under way serve only to be known by their ids: one race is enough.
        if (_theirsKnown) return;
        _theirsKnown = true;
        TryRace(now);
    }

    private void TryRace(DateTimeOffset now)
    {
        if (_state != State.Racing || !_theirsKnown || _said is not null) return;
        ImmutableArray<Socks5Candidate> race = [.. _theirs.OrderByDescending(candidate => candidate.Priority).Where(WouldWin)];
        if (race.IsEmpty) Say(new Socks5Notice.Error(), now);
        else Put(new Output.Race(race));
        if (_heard is not null && _state == State.Racing) CheckHeard(now);
    }

    // Against what the peer is connected to already.
    private bool WouldWin(Socks5Candidate candidate)
    {
        if (_heard is not Socks5Notice.Used used || OurCandidate(used.Cid) is not { } theirChoice) return true;
        return candidate.Priority > theirChoice.Priority || (candidate.Priority == theirChoice.Priority && role == JingleRole.Initiator);
    }

    private void Say(Socks5Notice notice, DateTimeOffset now)
    {
        _said = notice;
        Put(new Output.Notify(notice));
        _state = State.Settling;
        _deadline = now + NoticeTimeout;
        Settle(now);
    }

    private void Hear(Socks5Notice notice, DateTimeOffset now)
    {
        switch (notice)
        {
            case Socks5Notice.Used or Socks5Notice.Error when _heard is null:
                _heard = notice;
                if (_state is State.Racing) CheckHeard(now);
                else if (_state is State.Settling) Settle(now);
                break;
            case Socks5Notice.Activated:
                _joinHeard = true;
                if (_state == State.AwaitingJoin) Finish(new Output.UseTheirs(_nominated!));
                break;
            case Socks5Notice.ProxyError:
                _joinFailed = true;
                if (_state is State.AwaitingJoin or State.Joining) Finish(new Output.Failed("the peer could not use the proxy"));
                break;
            default:
                break; // said twice
        }
    }

    private void CheckHeard(DateTimeOffset now)
    {
        if (_heard is not Socks5Notice.Used used || _said is not null) return;
        if (OurCandidate(used.Cid) is null)
        {
            Put(new Output.StopRace());
            Finish(new Output.Failed("the peer uses a candidate that was not offered"));
            return;
        }

        if (!_theirsKnown || _theirs.Any(WouldWin)) return;
        Put(new Output.StopRace());
        Say(new Socks5Notice.Error(), now);
    }

    private void Settle(DateTimeOffset now)
    {
        if (_said is null || _heard is null) return;
        var chosenByUs = _said is Socks5Notice.Used(var ourChoice) ? _theirs.First(candidate => candidate.Cid == ourChoice) : null;
        Socks5Candidate? chosenByThem = null;
        if (_heard is Socks5Notice.Used(var theirChoice))
        {
            chosenByThem = OurCandidate(theirChoice);
            if (chosenByThem is null)
            {
                Finish(new Output.Failed("the peer uses a candidate that was not offered"));
                return;
            }
        }

        if (chosenByUs is null && chosenByThem is null)
        {
            Finish(new Output.Failed("neither side reached the other"));
            return;
        }

        _nominatedIsOurs = chosenByUs is null || (chosenByThem is not null && TheirChoiceWins(chosenByThem, chosenByUs));
        _nominated = _nominatedIsOurs ? chosenByThem! : chosenByUs!;
        Nominate(now);
    }

    private bool TheirChoiceWins(Socks5Candidate chosenByThem, Socks5Candidate chosenByUs) =>
        chosenByThem.Priority != chosenByUs.Priority ? chosenByThem.Priority > chosenByUs.Priority : role == JingleRole.Responder;

    private void Nominate(DateTimeOffset now)
    {
        switch (_nominated!.IsProxy, _nominatedIsOurs)
        {
            case (false, true):
                _state = State.Taking;
                _deadline = null;
                Put(new Output.UseOurs(_nominated));
                break;
            case (false, false):
                Finish(new Output.UseTheirs(_nominated));
                break;
            case (true, true):
                _state = State.Joining;
                _deadline = null;
                Put(new Output.Join(_nominated));
                break;
            case (true, false) when _joinFailed:
                Finish(new Output.Failed("the peer could not use the proxy"));
                break;
            case (true, false) when _joinHeard:
                Finish(new Output.UseTheirs(_nominated));
                break;
            default:
                _state = State.AwaitingJoin;
                _deadline = now + JoinTimeout;
                break;
        }
    }

    private Socks5Candidate? OurCandidate(string cid) => _ours.FirstOrDefault(candidate => candidate.Cid == cid);

    private void Finish(Output output)
    {
        _state = State.Over;
        _deadline = null;
        Put(output);
    }

    private void Put(Output output) => _outputs.Add(output);
}
