using Ferry.Protocol.Addressing;

namespace Ferry.Net.Sessions;

/// <summary>
/// A resource that was bound at the server, over however many connections it was resumed. What was agreed on over it ends with it: a transfer that is
/// still negotiated, an in-band stream, a request without its answer.
/// </summary>
public sealed class SessionBinding
{
    private readonly TaskCompletionSource<SessionFailure?> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal SessionBinding(Jid jid) => Jid = jid;

    /// <summary>Our full address.</summary>
    public Jid Jid { get; }

    /// <summary>Completes when it is gone and cannot be resumed: why, or null where the session was closed by us.</summary>
    public Task<SessionFailure?> Lost => _lost.Task;

    internal void Lose(SessionFailure? why) => _lost.TrySetResult(why);
}
