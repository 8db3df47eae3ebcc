namespace Ferry.Net.Components;

/// <summary>The waits between attempts: each twice the last up to the longest, by up to a fifth more or less so that many don't come back at one moment.</summary>
internal sealed class Backoff(ComponentOptions options)
{
    private const double Spread = 0.2;

    private TimeSpan _next = options.FirstWait;

    public TimeSpan Next()
    {
        var wait = _next;
        _next = wait * 2 > options.LongestWait ? options.LongestWait : wait * 2;
        return wait * (1 - Spread + (2 * Spread * options.Jitter()));
    }

    public void Reset() => _next = options.FirstWait;
}
