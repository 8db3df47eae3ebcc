using System.Globalization;

namespace Ferry.Daemon.Systemd;

/// <summary>A sign of life twice in each time that systemd's watchdog gives (<c>WATCHDOG_USEC</c>): it comes from the thread pool, so a process whose pool is stuck gives none.</summary>
internal sealed class WatchdogTimer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _beating;

    private WatchdogTimer(NotifySocket notify, TimeSpan? limit, TimeProvider time) => _beating = limit is { } given ? BeatAsync(notify, given / 2, time) : Task.CompletedTask;

    public static WatchdogTimer Start(NotifySocket notify, IReadOnlyDictionary<string, string> environment, TimeProvider time) => new(notify, Limit(environment), time);

    /// <summary>The watchdog's time, if it is meant for this process.</summary>
    public static TimeSpan? Limit(IReadOnlyDictionary<string, string> environment)
    {
        if (!long.TryParse(environment.GetValueOrDefault("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) || microseconds is < 1000 or > 86_400_000_000) return null;
        var own = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return environment.GetValueOrDefault("WATCHDOG_PID", own) == own ? TimeSpan.FromMicroseconds(microseconds) : null;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _beating;
        _stop.Dispose();
    }

    private async Task BeatAsync(NotifySocket notify, TimeSpan interval, TimeProvider time)
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            do notify.Watchdog();
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The process is stopping; systemd was told.
        }
    }
}
