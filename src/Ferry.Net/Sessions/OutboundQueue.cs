using System.Threading.Channels;
using System.Threading.Tasks.Sources;
using Ferry.Protocol.Xml;

namespace Ferry.Net.Sessions;

/// <summary>
/// What waits to be written to a stream, in two lanes: bulk (in-band data) is taken only when no other stanza waits, so that a transfer
/// never delays an answer. Both lanes are bounded and make their writers wait. One reader: the stream's writer loop.
/// <para>
/// Theory of operation. <see cref="_ready"/> counts what is in the lanes and nobody has claimed. The loop claims what there is, or waits: then the next stanza is claimed
/// for it as it comes. Waiting happens for nearly every batch, so it costs no allocation: one timer and one registration last as long as the token does.
/// </para>
/// </summary>
internal sealed class OutboundQueue : IValueTaskSource<bool>
{
    private const int ControlCapacity = 1024;
    private const int BulkCapacity = 64;

    private readonly Channel<Element> _control = Channel.CreateBounded<Element>(new BoundedChannelOptions(ControlCapacity) { SingleReader = true });
    private readonly Channel<Element> _bulk = Channel.CreateBounded<Element>(new BoundedChannelOptions(BulkCapacity) { SingleReader = true });
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _wait = new() { RunContinuationsAsynchronously = true };
    private Attendance? _attendance;
    private int _ready;
    private bool _waits;

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

        CountOne();
        return true;
    }

    /// <summary>Queues an answer if there is room, without waiting: while the session closes.</summary>
    public bool TryEnqueue(Element stanza)
    {
        if (!_control.Writer.TryWrite(stanza)) return false;
        CountOne();
        return true;
    }

    /// <summary>
    /// Lets <see cref="WaitAsync"/> end without a stanza after <paramref name="tick"/>, and when <paramref name="cancellationToken"/> is cancelled. For one writer loop,
    /// which disposes of it at its end.
    /// </summary>
    public IDisposable Attend(TimeSpan tick, TimeProvider clock, CancellationToken cancellationToken) => _attendance = new Attendance(this, tick, clock, cancellationToken);

    /// <summary>Waits for something to write, and claims it; false at a tick.</summary>
    /// <exception cref="OperationCanceledException">The token is cancelled: also where there is always something to write.</exception>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_ready > 0)
            {
                _ready--;
                return new ValueTask<bool>(true);
            }

            _wait.Reset();
            _waits = true;
        }

        _attendance?.Begin();
        return new ValueTask<bool>(this, _wait.Version);
    }

    /// <summary>Whether another one is there; claims it.</summary>
    public bool TryClaim()
    {
        lock (_gate)
        {
            if (_ready == 0) return false;
            _ready--;
            return true;
        }
    }

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

    /// <inheritdoc/>
    bool IValueTaskSource<bool>.GetResult(short token) => _wait.GetResult(token);

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wait.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private void CountOne()
    {
        lock (_gate)
        {
            if (!_waits)
            {
                _ready++;
                return;
            }

            _waits = false;
        }

        _wait.SetResult(true);
    }

    private bool StopWaiting()
    {
        lock (_gate)
        {
            var waited = _waits;
            _waits = false;
            return waited;
        }
    }

    private sealed class Attendance : IDisposable
    {
        private readonly TimeSpan _tick;
        private readonly ITimer _timer;
        private readonly CancellationTokenRegistration _registration;

        public Attendance(OutboundQueue queue, TimeSpan tick, TimeProvider clock, CancellationToken cancellationToken)
        {
            _tick = tick;
            _timer = clock.CreateTimer(_ => { if (queue.StopWaiting()) queue._wait.SetResult(false); }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _registration = cancellationToken.Register(() => { if (queue.StopWaiting()) queue._wait.SetException(new OperationCanceledException(cancellationToken)); });
        }

        public void Begin() => _timer.Change(_tick, Timeout.InfiniteTimeSpan);

        public void Dispose()
        {
            _timer.Dispose();
            _registration.Dispose();
        }
    }
}
