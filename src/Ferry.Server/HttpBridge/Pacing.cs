using System.Collections.Immutable;
using Ferry.Net.Relaying;

namespace Ferry.Server.HttpBridge;

/// <summary>Bytes wait for their limits before they go.</summary>
internal static class Pacing
{
    /// <summary>A clock's timers do no better; a limit may ask for less.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    /// <summary>Takes so many bytes from each limit, and waits for those that it has not yet.</summary>
    /// <param name="rates">One after the other.</param>
    /// <param name="bytes">0 takes nothing.</param>
    /// <param name="time">The clock that is waited by.</param>
    /// <param name="waited">Called after each wait: whoever is slowed down is not silent.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask TakeAsync(this ImmutableArray<RateLimit> rates, long bytes, TimeProvider time, Action? waited, CancellationToken cancellationToken)
    {
        foreach (var rate in rates)
        {
            var missing = bytes;
            while ((missing -= rate.Take(missing)) > 0)
            {
                var wait = rate.WaitFor(missing);
                await Task.Delay(wait < ShortestWait ? ShortestWait : wait, time, cancellationToken).ConfigureAwait(false);
                waited?.Invoke();
            }
        }
    }
}
