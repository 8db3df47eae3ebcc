using Ferry.Protocol.Addressing;

namespace Ferry.Requests;

/// <summary>How often one account may ask for something within a minute.</summary>
/// <param name="most">So often.</param>
/// <param name="time">The clock.</param>
internal sealed class RequestRate(int most, TimeProvider time)
{
    /// <summary>Requests for files of one account within <see cref="Period"/> that came to nothing.</summary>
    public const int Files = 20;

    /// <summary>Listings of folders of one account within <see cref="Period"/>.</summary>
    public const int Listings = 600;

    /// <summary>Accounts that are remembered; beyond it the one that asked longest ago is forgotten.</summary>
    public const int MostAccounts = 1000;

    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<Jid, Queue<long>> _asked = [];

    /// <summary>Counts one more request, unless there were too many.</summary>
    public bool TryTake(Jid asker)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            if (!_asked.TryGetValue(asker.Bare, out var times))
            {
                if (_asked.Count >= MostAccounts) _asked.Remove(_asked.MinBy(entry => entry.Value.LastOrDefault()).Key);
                _asked[asker.Bare] = times = new Queue<long>();
            }

            while (times.TryPeek(out var first) && time.GetElapsedTime(first, now) >= Period) times.Dequeue();
            if (times.Count >= most) return false;
            times.Enqueue(now);
            return true;
        }
    }

    /// <summary>Does not count one request after all: the file went across, so that a folder with many small ones is no flood.</summary>
    public void Return(Jid asker)
    {
        lock (_lock)
        {
            if (_asked.TryGetValue(asker.Bare, out var times)) times.TryDequeue(out _);
        }
    }
}
