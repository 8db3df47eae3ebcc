using System.Threading.Channels;

namespace Ferry.Offers.Jingle;

/// <summary>
/// What a session's loop has to do, in order. Our own owners, transports and timers post as much as they have to; what the peer may leave here is bounded.
/// </summary>
internal sealed class JingleWork(TimeProvider time)
{
    /// <summary>Requests of the peer's that wait; more are refused.</summary>
    public const int MostOfPeer = 64;

    private readonly Channel<Func<ValueTask>> _work = Channel.CreateUnbounded<Func<ValueTask>>(new UnboundedChannelOptions { SingleReader = true }); // the peer's part of it is bounded
    private int _ofPeer;

    /// <summary>One more piece; false when the loop has ended.</summary>
    public bool TryPost(Func<ValueTask> work) => _work.Writer.TryWrite(work);

    /// <summary>One more request of the peer's; false where too many wait, or the loop has ended.</summary>
    public bool TryPostOfPeer(Func<ValueTask> work)
    {
        if (Interlocked.Increment(ref _ofPeer) <= MostOfPeer && _work.Writer.TryWrite(Counted)) return true;
        Interlocked.Decrement(ref _ofPeer);
        return false;

        ValueTask Counted()
        {
            Interlocked.Decrement(ref _ofPeer);
            return work();
        }
    }

    /// <summary>Nothing is taken any more.</summary>
    public void Complete() => _work.Writer.TryComplete();

    /// <summary>The next piece, or null when <paramref name="deadline"/> is reached before there is one.</summary>
    public async Task<Func<ValueTask>?> NextAsync(DateTimeOffset? deadline)
    {
        if (_work.Reader.TryRead(out var ready)) return ready;
        var wait = deadline is { } due ? due - time.GetUtcNow() : Timeout.InfiniteTimeSpan;
        if (deadline is not null && wait <= TimeSpan.Zero) return null;
        using var limit = new CancellationTokenSource(wait, time);
        try
        {
            return await _work.Reader.ReadAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return null;
        }
    }
}
