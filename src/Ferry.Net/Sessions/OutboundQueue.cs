using System.Threading.Channels;
using Ferry.Protocol.Xml;

namespace Ferry.Net.Sessions;

/// <summary>
/// What waits to be written to a stream, in two lanes: bulk (in-band data) is taken only when no other stanza waits, so that a transfer
/// never delays an answer. Both lanes are bounded and make their writers wait. One reader: the stream's writer loop.
/// </summary>
internal sealed class OutboundQueue
{
    private const int ControlCapacity = 1024;
    private const int BulkCapacity = 64;

    private readonly Channel<Element> _control = Channel.CreateBounded<Element>(new BoundedChannelOptions(ControlCapacity) { SingleReader = true });
    private readonly Channel<Element> _bulk = Channel.CreateBounded<Element>(new BoundedChannelOptions(BulkCapacity) { SingleReader = true });
    private readonly SemaphoreSlim _waiting = new(0);

    /// <summary>Queues a stanza; waits while its lane is full. False: the session has ended.</summary>
    public async ValueTask<bool> EnqueueAsync(Element stanza, bool bulk, CancellationToken cancellationToken)
    {
        try
        {
            await (bulk ? _bulk : _control).Writer.WriteAsync(stanza, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            return false;
        }

        _waiting.Release();
        return true;
    }

    /// <summary>Queues an answer if there is room, without waiting: while the session closes.</summary>
    public bool TryEnqueue(Element stanza)
    {
        if (!_control.Writer.TryWrite(stanza)) return false;
        _waiting.Release();
        return true;
    }

    /// <summary>Waits for something to write, at most <paramref name="time"/>.</summary>
    public async ValueTask<bool> WaitAsync(TimeSpan time, TimeProvider clock, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested(); // also where there is always something to write
        if (TryClaim()) return true;
        using var limit = new CancellationTokenSource(time, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _waiting.WaitAsync(both.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Whether another one is there; claims it.</summary>
    public bool TryClaim() => _waiting.Wait(0, CancellationToken.None);

    /// <summary>The next stanza after a successful wait or claim: control first.</summary>
    public Element Take() => Take(out _);

    /// <summary>The same, and whether it is bulk.</summary>
    public Element Take(out bool bulk)
    {
        bulk = false;
        if (_control.Reader.TryRead(out var stanza)) return stanza;
        bulk = true;
        if (_bulk.Reader.TryRead(out stanza)) return stanza;
        throw new InvalidOperationException("a stanza was claimed that is not there");
    }

    /// <summary>Drops all that waits: it was meant for a stream that is gone.</summary>
    public void Clear()
    {
        while (TryClaim()) Take();
    }

    /// <summary>Refuses everything from now on.</summary>
    public void Close()
    {
        _control.Writer.TryComplete();
        _bulk.Writer.TryComplete();
    }
}
