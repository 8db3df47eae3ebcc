namespace Ferry.Net.Sessions;

/// <summary>
/// Waits between attempts: each twice the last, up to a longest one, and each changed by chance, so that all the clients and components of a server
/// that starts again do not come at once.
/// </summary>
/// <param name="first">The first wait before chance.</param>
/// <param name="longest">The longest one before chance.</param>
/// <param name="random">A number from 0 up to, not including, 1.</param>
/// <param name="least">What chance leaves of a wait at least: a part of it, 0 to 1.</param>
/// <param name="most">What chance makes of it at most, 1 for itself.</param>
internal sealed class RetryDelays(TimeSpan first, TimeSpan longest, Func<double> random, double least = 0.5, double most = 1)
{
    private int _doubled;

    /// <summary>The next wait.</summary>
    public TimeSpan Next()
    {
        var wait = first * Math.Pow(2, _doubled);
        if (wait < longest) _doubled++;
        else wait = longest;
        return wait * (least + ((most - least) * random()));
    }

    /// <summary>Begins with the first one again.</summary>
    public void Reset() => _doubled = 0;
}
