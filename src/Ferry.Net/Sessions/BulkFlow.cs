namespace Ferry.Net.Sessions;

/// <summary>
/// Whether bulk (in-band data) leaves fast: more than 64 KiB within the present and the last half of a second. Slow connections, and servers that let
/// little through, get nothing that need not be sent. One user: the writer loop.
/// </summary>
internal sealed class BulkFlow(TimeProvider clock)
{
    private const int FastBytes = 64 * 1024;

    /// <summary>More than this under way at a break was a block; questions and answers are shorter.</summary>
    private const int LeastAgain = 4 * 1024;

    /// <summary>A sixteenth of a write may be white space whatever its speed.</summary>
    private const int LittleToFill = 16;

    private static readonly TimeSpan Span = TimeSpan.FromMilliseconds(500);

    private long _began = clock.GetTimestamp();
    private long _now;
    private long _before;
    private bool _inNext;

    /// <summary>So much of it was queued for the next write.</summary>
    public void Add(int bytes)
    {
        Move();
        _now += bytes;
        _inNext |= bytes > 0;
    }

    /// <summary>
    /// So much of it is sent again after a resumption: it flows as fast as it did, so a block or more counts as fast for a moment. A short record just then would shift what the
    /// server reads for as long as it has something to read.
    /// </summary>
    public void GoOn(int bytes) => Add(bytes > LeastAgain ? Math.Max(bytes, FastBytes + 1) : bytes);

    /// <summary>
    /// Whether the next write, of so many bytes, is to be filled up to whole records: where bulk flows fast, and where there is some in it and what is missing hardly counts.
    /// Called once for each write.
    /// </summary>
    public bool FillsUp(int bytes, int record)
    {
        var some = _inNext;
        _inNext = false;
        return IsFast() || (some && (record - (bytes % record)) * LittleToFill <= bytes);
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
