using Ferry.Peers;
using Ferry.Protocol.Addressing;

namespace Ferry.Offers;

/// <summary>
/// Keeps offers back from peers that are known to refuse more than so many undecided ones: the next goes out when one was answered. Every offer ends
/// by its own deadline, so each turn comes.
/// </summary>
internal sealed class OfferTurns
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Jid, Line> _lines = [];

    /// <summary>Waits for this peer's turn. Dispose of it when the offer was answered or is given up; twice does no harm.</summary>
    public async ValueTask<IDisposable> TakeAsync(Peer peer, CancellationToken cancellationToken)
    {
        if (peer.Traits.MostUndecidedOffers is not { } most) return new Turn(null);
        Line? line;
        lock (_lock)
        {
            if (!_lines.TryGetValue(peer.Jid, out line)) _lines[peer.Jid] = line = new Line(most);
            line.Users++;
        }

        try
        {
            await line.Room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Leave(peer.Jid, line);
            throw;
        }

        return new Turn(() =>
        {
            line.Room.Release();
            Leave(peer.Jid, line);
        });
    }

    private void Leave(Jid peer, Line line)
    {
        lock (_lock)
        {
            if (--line.Users > 0) return;
            _lines.Remove(peer);
            line.Room.Dispose();
        }
    }

    private sealed class Line(int most)
    {
        public SemaphoreSlim Room { get; } = new(most);

        public int Users { get; set; }
    }

    private sealed class Turn(Action? end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
    }
}
