namespace Ferry.Net.Sessions;

/// <summary>
/// Whether bulk (in-band data) leaves fast: more than 64 KiB within the present and the last half of a second. Slow connections, and servers that let
/// little through, get nothing that need not be sent. One user: the writer loop.
/// </summary>
internal sealed class BulkFlow(TimeProvider clock)
{
    private const int FastBytes = 64 * 1024;
    private static readonly TimeSpan Span = TimeSpan.FromMilliseconds(500);

    private long _began = clock.GetTimestamp();
    private long _now;
    private long _before;

    /// <summary>So much of it was queued for the next write.</summary>
    public void Add(int bytes)
    {
        Move();
        _now += bytes;
    }

    /// <summary>Whether it flows fast now.</summary>
    public bool IsFast()
    {
        if (_now + _before == 0) return false;
        Move();
        return _now + _before > FastBytes;
    }

    private void Move()
    {
        var passed = clock.GetElapsedTime(_began);
        if (passed < Span) return;
        (_before, _now) = (passed < 2 * Span ? _now : 0, 0);
        _began = clock.GetTimestamp();
    }
}
