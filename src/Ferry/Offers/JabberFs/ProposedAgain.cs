using Ferry.Protocol.Addressing;
using Ferry.Protocol.JabberFs;

namespace Ferry.Offers.JabberFs;

/// <summary>
/// A transfer that goes on behind a part may turn out to be of other bytes. Its sender says <c>prefix-mismatch</c> and proposes the same file once more: that
/// proposal belongs to the yes that was given already, and nobody is asked again.
/// </summary>
internal sealed class ProposedAgain(Action<ProposedAgain> forget)
{
    private readonly TaskCompletionSource<JabberFsReceiving> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _announced;

    /// <summary>Which proposals are the same: of one client, for a file of one name and size.</summary>
    public required (Jid Peer, string? Name, long? Size) Key { get; init; }

    public static (Jid Peer, string? Name, long? Size) KeyOf(Jid peer, JabberFsStanza proposal) => (peer, proposal.Name, proposal.Size);

    /// <summary>The sender has said that it will.</summary>
    public void Announce() => _announced = true;

    /// <summary>Whether this is the proposal that was announced; then it is looked after here.</summary>
    public bool Takes(JabberFsReceiving receiving) => _announced && _next.TrySetResult(receiving);

    /// <summary>The proposal, or null when it does not come in time or nobody wants it any more.</summary>
    public async Task<JabberFsReceiving?> WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var next = await _next.Task.WaitAsync(longest, time, cancellationToken).ConfigureAwait(false);
            forget(this);
            return next;
        }
        catch (Exception none) when (none is TimeoutException or OperationCanceledException)
        {
            await CloseAsync().ConfigureAwait(false);
            return null;
        }
    }

    /// <summary>From now on proposals are what they are. One that came and was not waited for is declined.</summary>
    public async ValueTask CloseAsync()
    {
        forget(this);
        if (!_next.TrySetCanceled()) (await _next.Task.ConfigureAwait(false)).Decline(JabberFsAbort.Declined);
    }
}
