namespace Ferry.Net.Sessions;

/// <summary>
/// Waits between attempts: each twice the last, up to a longest one, and each shortened by chance to between its half and its whole, so that all the
/// clients of a server that starts again do not come at once.
/// </summary>
/// <param name="first">The first wait before chance.</param>
/// <param name="longest">The longest one before chance.</param>
/// <param name="random">A number from 0 up to, not including, 1.</param>
internal sealed class RetryDelays(TimeSpan first, TimeSpan longest, Func<double> random)
{
    private TimeSpan _next = first;

    public TimeSpan Next()
    {
        var wait = _next;
        _next = wait * 2 > longest ? longest : wait * 2;
        return wait * (0.5 + (random() / 2));
    }
}
