namespace Ferry.Methods.InBand;

/// <summary>
/// Wakes an in-band stream's loop when its machine wants to look at the clock. Every block moves that moment, so the timer is left where it is while the moment only
/// becomes later, and set anew when it has gone off: a look too early does nothing. Belongs to the loop; only <paramref name="due"/> is called by the clock.
/// </summary>
internal sealed class Deadline(TimeProvider time, Action due) : IDisposable
{
    private ITimer? _timer;
    private DateTimeOffset? _set;

    /// <summary>The machine waits until then, or for ever. False: that moment has come.</summary>
    public bool IsAhead(DateTimeOffset? moment)
    {
        if (moment is not { } until || until >= _set) return true;
        var wait = until - time.GetUtcNow();
        if (wait <= TimeSpan.Zero) return false;
        _set = until;
        if (_timer is null) _timer = time.CreateTimer(_ => due(), null, wait, Timeout.InfiniteTimeSpan);
        else _timer.Change(wait, Timeout.InfiniteTimeSpan);
        return true;
    }

    /// <summary>What <c>due</c> said has come to the loop: the next moment is timed again.</summary>
    public void WentOff() => _set = null;

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();
}
