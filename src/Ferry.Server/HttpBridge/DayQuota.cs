using Ferry.Protocol.Addressing;

namespace Ferry.Server.HttpBridge;

/// <summary>What one user has left of the bytes of 24 hours, which begin with the first byte.</summary>
internal sealed class DayQuota(Jid user, long? most, TimeProvider time)
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);
    private readonly Lock _lock = new();
    private long _used;
    private long _since = time.GetTimestamp();

    public Jid User => user;

    /// <summary>Nothing is used, so that it may be forgotten.</summary>
    public bool IsFresh
    {
        get
        {
            lock (_lock) return Used() == 0;
        }
    }

    /// <summary>Nothing is left.</summary>
    public bool IsSpent
    {
        get
        {
            lock (_lock) return Used() >= most;
        }
    }

    /// <summary>Takes bytes; false, and takes none, when fewer are left.</summary>
    public bool TryTake(long bytes)
    {
        if (most is null) return true;
        lock (_lock)
        {
            if (Used() + bytes > most) return false;
            _used += bytes;
            return true;
        }
    }

    private long Used()
    {
        if (time.GetElapsedTime(_since) < Day) return _used;
        _since = time.GetTimestamp();
        return _used = 0;
    }
}
