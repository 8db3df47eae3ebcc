using Input = Ferry.Protocol.Jingle.Transports.FallbackInput;
using Output = Ferry.Protocol.Jingle.Transports.FallbackOutput;

namespace Ferry.Protocol.Jingle.Transports;

/// <summary>
/// Which transport one content uses, and what comes after one that failed (XEP-0166 section 7.2, XEP-0260 section 3), either role, without I/O.
/// <para>
/// Theory of operation. Idle → Trying → Proposing or Listening → Trying … → Open or Over. When a transport fails the initiator proposes the next one that
/// was not tried; the responder waits for that for <see cref="ReplaceTimeout"/> and then proposes itself (Dino expects either, Conversations proposes only as
/// initiator and refuses a responder's proposal, so waiting comes first). A crossing proposal is the initiator's: it refuses the responder's as a
/// tie-break, and the responder drops its own. An initiator whose proposal was rejected listens for one of the responder's. A proposal of what was tried
/// already is rejected: Dino proposes SOCKS5 once more.
/// </para>
/// <para>
/// It ends: no transport is tried twice, and <see cref="MostProposals"/> proposals are all that both sides together are allowed.
/// </para>
/// </summary>
/// <param name="role">Our role in the session.</param>
/// <param name="usable">The transports that may be used here with this peer, in order of preference.</param>
public sealed class TransportFallback(JingleRole role, IReadOnlyList<string> usable)
{
    /// <summary>Proposals of one content, both sides' counted together.</summary>
    public const int MostProposals = 3;

    private readonly HashSet<string> _tried = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unwanted = new(StringComparer.Ordinal); // by the peer
    private State _state = new Idle();
    private int _proposals;
    private string _lastFailure = "no transport worked";
    private List<Output> _outputs = [];

    private abstract record State;

    private sealed record Idle : State;

    private sealed record Trying(string Transport) : State;

    private sealed record Proposing(string Transport, DateTimeOffset Deadline) : State;

    private sealed record Listening(DateTimeOffset Deadline) : State;

    private sealed record Open : State;

    private sealed record Over : State;

    /// <summary>For the peer's word on our proposal, and for a proposal of its own.</summary>
    public TimeSpan ReplaceTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>When to hand in Tick; null: nothing is waited for here.</summary>
    public DateTimeOffset? NextDeadline => _state switch
    {
        Proposing proposing => proposing.Deadline,
        Listening listening => listening.Deadline,
        _ => null,
    };

    /// <summary>Whether it gave up.</summary>
    public bool IsOver => _state is Over;

    /// <summary>Takes one input; the outputs are to be carried out in their order.</summary>
    /// <exception cref="InvalidOperationException">Begun twice, or not at all.</exception>
    public IReadOnlyList<Output> Handle(Input input, DateTimeOffset now)
    {
        _outputs = [];
        switch (_state, input)
        {
            case (Idle, Input.Begin(var transport)):
                Try(transport);
                break;
            case (_, Input.Begin):
                throw new InvalidOperationException("begun twice");
            case (Idle or Open or Over, Input.Proposed(var id, _)):
                Put(new Output.Refuse(id, JingleErrors.OutOfOrder));
                break;
            case (_, Input.Proposed proposed):
                BeProposed(proposed, now);
                break;
            case (Trying, Input.Opened):
                _state = new Open();
                break;
            case (Trying, Input.Failed(var text)):
                _lastFailure = text;
                Next(now);
                break;
            case (Proposing proposing, Input.Accepted(var transport)) when transport == proposing.Transport:
                Try(transport);
                Put(new Output.Run(transport));
                break;
            case (Proposing proposing, Input.Accepted or Input.Rejected):
                _unwanted.Add(proposing.Transport);
                Listen(now);
                break;
            case (Proposing proposing, Input.Refused(var error)):
                // The other side's proposal stands, or it takes none of ours now: either way it is its turn.
                if (!JingleErrors.MeansTieBreak(error)) _unwanted.Add(proposing.Transport);
                Listen(now);
                break;
            case (Proposing proposing, Input.Tick):
                if (now >= proposing.Deadline) GiveUp($"{_lastFailure}; the peer did not answer the proposal of another transport");
                break;
            case (Listening listening, Input.Tick):
                if (now < listening.Deadline) break;
                if (NextOfOurs() is { } next && _proposals < MostProposals) Propose(next, now);
                else GiveUp(_lastFailure);
                break;
            default:
                break; // late
        }

        return _outputs;
    }

    private void BeProposed(Input.Proposed proposed, DateTimeOffset now)
    {
        if (_state is Proposing && role == JingleRole.Initiator)
        {
            Put(new Output.Refuse(proposed.RequestId, JingleErrors.TieBreak));
            return;
        }

        Put(new Output.Acknowledge(proposed.RequestId));
        _proposals++;
        if (_proposals > MostProposals)
        {
            Put(new Output.Reject(proposed.Transport));
            GiveUp($"{_lastFailure}; the peer proposed one transport after the other");
        }
        else if (!usable.Contains(proposed.Transport, StringComparer.Ordinal) || _tried.Contains(proposed.Transport))
        {
            Put(new Output.Reject(proposed.Transport));
            if (_state is Proposing) Listen(now); // ours is void: the initiator's stood
        }
        else
        {
            if (_state is Trying) Put(new Output.Stop());
            Try(proposed.Transport);
            Put(new Output.Accept(proposed.Transport));
        }
    }

    private void Next(DateTimeOffset now)
    {
        if (_proposals >= MostProposals || !usable.Any(transport => !_tried.Contains(transport))) GiveUp(_lastFailure);
        else if (role == JingleRole.Initiator && NextOfOurs() is { } next) Propose(next, now);
        else Listen(now);
    }

    private void Listen(DateTimeOffset now)
    {
        if (_proposals >= MostProposals || !usable.Any(transport => !_tried.Contains(transport))) GiveUp(_lastFailure);
        else _state = new Listening(now + ReplaceTimeout);
    }

    private string? NextOfOurs() => usable.FirstOrDefault(transport => !_tried.Contains(transport) && !_unwanted.Contains(transport));

    private void Propose(string transport, DateTimeOffset now)
    {
        _proposals++;
        _state = new Proposing(transport, now + ReplaceTimeout);
        Put(new Output.Propose(transport));
    }

    private void Try(string transport)
    {
        _tried.Add(transport);
        _state = new Trying(transport);
    }

    private void GiveUp(string text)
    {
        _state = new Over();
        Put(new Output.GiveUp(text));
    }

    private void Put(Output output) => _outputs.Add(output);
}
