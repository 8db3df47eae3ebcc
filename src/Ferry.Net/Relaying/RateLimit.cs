namespace Ferry.Net.Relaying;

/// <summary>A bound on bytes a second that several transfers may share: tokens come in evenly, and a quarter of a second's may be saved up.</summary>
public sealed class RateLimit
{
    /// <summary>Saved up at least: what one move takes.</summary>
    internal const long SmallestBurst = 16 * 1024;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly long _burst;
    private double _tokens;
    private long _last;

    /// <param name="bytesPerSecond">At least 1.</param>
    /// <param name="time">Its clock.</param>
    public RateLimit(long bytesPerSecond, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesPerSecond, 1);
        BytesPerSecond = bytesPerSecond;
        _time = time;
        _burst = Math.Max(SmallestBurst, bytesPerSecond / 4);
        _tokens = _burst;
        _last = time.GetTimestamp();
    }

    /// <summary>The bound.</summary>
    public long BytesPerSecond { get; }

    /// <summary>Takes up to <paramref name="wanted"/> bytes; none is left when it returns 0.</summary>
    public long Take(long wanted)
    {
        lock (_lock)
        {
            Refill();
            long granted = Math.Min(wanted, (long)_tokens);
            _tokens -= granted;
            return granted;
        }
    }

    /// <summary>Gives back what was taken and not used.</summary>
    public void GiveBack(long bytes)
    {
        lock (_lock)
        {
            _tokens = Math.Min(_burst, _tokens + bytes);
        }
    }

    /// <summary>The time until <paramref name="bytes"/>, or as much as can be saved up, will be there.</summary>
    public TimeSpan WaitFor(long bytes)
    {
        lock (_lock)
        {
            Refill();
            double missing = Math.Min(bytes, _burst) - _tokens;
            return missing <= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(missing / BytesPerSecond);
        }
    }

    private void Refill()
    {
        long now = _time.GetTimestamp();
        _tokens = Math.Min(_burst, _tokens + (_time.GetElapsedTime(_last, now).TotalSeconds * BytesPerSecond));
        _last = now;
    }
}
