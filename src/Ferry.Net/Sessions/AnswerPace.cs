namespace Ferry.Net.Sessions;

/// <summary>
/// When the server's requests for our count of stanzas (XEP-0198 section 4) are answered: at once, but not more often than ten times a second, or every
/// <see cref="MostStanzas"/> stanzas if those come sooner. Prosody asks again behind each stanza as soon as it is answered, and what that costs it is a good part of what a block of
/// in-band data costs; the specification lets an answer wait for nothing but a time. Safe for threads.
/// </summary>
/// <param name="clock">The time.</param>
/// <param name="answer">Answers the request that waits; false where it cannot now. Called by a timer.</param>
internal sealed class AnswerPace(TimeProvider clock, Func<bool> answer) : IDisposable
{
    /// <summary>Stanzas that are handled at most while a request waits: servers keep a few hundred, MongooseIM 100 by default.</summary>
    public const int MostStanzas = 32;

    /// <summary>From one answer to the next.</summary>
    public static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private ITimer? _timer;
    private long? _last;
    private bool _owed;
    private int _since;
    private bool _disposed;

    /// <summary>The server asks; true: it is to be answered now, else the timer does it or <see cref="Handled"/>.</summary>
    public bool Asked()
    {
        lock (_lock)
        {
            var wait = _last is { } last ? Least - clock.GetElapsedTime(last) : TimeSpan.Zero;
            if (wait <= TimeSpan.Zero || _disposed) return Answered();
            _owed = true;
            Wake(wait);
            return false;
        }
    }

    /// <summary>A stanza was handled; true: a request that waits is to be answered now.</summary>
    public bool Handled()
    {
        lock (_lock)
        {
            _since++;
            return _owed && _since >= MostStanzas && Answered();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _timer?.Dispose();
        }
    }

    private bool Answered()
    {
        _last = clock.GetTimestamp();
        _owed = false;
        _since = 0;
        return true;
    }

    private void Elapsed()
    {
        lock (_lock)
        {
            if (!_owed || _disposed) return;
            if (answer()) Answered();
            else Wake(Least);
        }
    }

    private void Wake(TimeSpan wait)
    {
        _timer ??= clock.CreateTimer(_ => Elapsed(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
