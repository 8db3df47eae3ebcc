using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Ferry.Net.Relaying.Linux;

/// <summary>
/// The relay by splice(2): pages pass from socket to socket through a pipe without coming into this process. One thread accepts and leads the
/// exchanges, some move bytes; none of them waits for another.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class SpliceEngine : IRelayEngine
{
    private readonly SpliceFront _front;
    private readonly ImmutableArray<SpliceLane> _lanes;
    private bool _disposed;

    internal SpliceEngine(ImmutableArray<Socket> listeners, RelayEngineOptions options, IRelayGate gate, int mostPipes)
    {
        EndPoints = [.. listeners.Select(listener => (IPEndPoint)listener.LocalEndPoint!)];
        foreach (Socket listener in listeners)
        {
            listener.Blocking = false;
        }

        _front = new SpliceFront(listeners, options, gate);
        _lanes = [.. Enumerable.Range(0, options.Threads).Select(i => new SpliceLane($"relay {i}", mostPipes / options.Threads, options.TimeProvider))];
        foreach (PollLoop loop in (IEnumerable<PollLoop>)[.. _lanes, _front])
        {
            loop.Start();
        }

        _front.Listen();
    }

    /// <inheritdoc/>
    public string Method => "splice";

    /// <inheritdoc/>
    public ImmutableArray<IPEndPoint> EndPoints { get; }

    /// <inheritdoc/>
    public int Handshakes => _front.Handshakes;

    /// <inheritdoc/>
    public RelayFlow Join(RelayConnection first, RelayConnection second, RelayTerms terms)
    {
        var start = new PairStart(_lanes.MinBy(lane => lane.Count)!);
        var flow = new RelayFlow(terms, start.Cancel);
        _front.Release((SpliceConnection)first, one => _front.Release((SpliceConnection)second, other => start.Begin(one, other, flow)));
        return flow;
    }

    /// <inheritdoc/>
    public Task<Socket?> TakeAsync(RelayConnection connection)
    {
        var taken = new TaskCompletionSource<Socket?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _front.Release((SpliceConnection)connection, held =>
            taken.SetResult(held is null ? null : new Socket(new SafeSocketHandle(held.Socket, ownsHandle: true))));
        return taken.Task;
    }

    /// <inheritdoc/>
    public void Drop(RelayConnection connection) =>
        _front.Release((SpliceConnection)connection, held => held?.Close());

    /// <inheritdoc/>
    public void StopListening() => _front.StopListening();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        _front.Stop();
        await _front.Gone.ConfigureAwait(false);
        foreach (SpliceLane lane in _lanes)
        {
            lane.Stop();
        }

        await Task.WhenAll(_lanes.Select(lane => lane.Gone)).ConfigureAwait(false);
    }

    /// <summary>A pair on its way from the front, which lets its connections go, to the lane.</summary>
    private sealed class PairStart(SpliceLane lane)
    {
        private readonly Lock _lock = new();
        private SplicePair? _pair;
        private bool _cancelled;

        internal void Begin(SpliceConnection? first, SpliceConnection? second, RelayFlow flow)
        {
            lock (_lock)
            {
                if (first is not null && second is not null && !_cancelled)
                {
                    _pair = new SplicePair(first, second, flow);
                    lane.Take(_pair);
                    return;
                }
            }

            first?.Reset();
            second?.Reset();
            flow.End(_cancelled ? RelayEnding.Cancelled : first is null ? RelayEnding.FirstLost : RelayEnding.SecondLost);
        }

        internal void Cancel()
        {
            lock (_lock)
            {
                _cancelled = true;
                if (_pair is not null)
                {
                    lane.Cancel(_pair);
                }
            }
        }
    }
}
