using Ferry.Protocol.Addressing;

namespace Ferry.Requests;

/// <summary>How often one account may ask for files.</summary>
internal sealed class RequestRate(TimeProvider time)
{
    /// <summary>Requests of one account within <see cref="Period"/>.</summary>
    public const int Most = 20;

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
                if (_asked.Count >= MostAccounts) _asked.Remove(_asked.MinBy(entry => entry.Value.Last()).Key);
                _asked[asker.Bare] = times = new Queue<long>();
            }

            while (times.TryPeek(out var first) && time.GetElapsedTime(first, now) >= Period) times.Dequeue();
            if (times.Count >= Most) return false;
            times.Enqueue(now);
            return true;
        }
    }
}
