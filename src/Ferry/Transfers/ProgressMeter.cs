namespace Ferry.Transfers;

/// <summary>
/// Turns byte counts into reports: four a second at most, with a rate over the last seconds, and a growing <c>stalled</c> once no byte has
/// moved for ten seconds. The byte side costs one interlocked write; the reports come from a timer.
/// </summary>
internal sealed class ProgressMeter : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StalledAfter = TimeSpan.FromSeconds(10);
    private const int RateSamples = 12; // of 250 ms each: three seconds

    private readonly IProgress<TransferProgress>? _progress;
    private readonly TransferReport _report;
    private readonly long? _total;
    private readonly string _method;
    private readonly TimeProvider _time;
    private readonly ITimer? _timer;
    private readonly Lock _lock = new();
    private readonly Queue<(long At, long Bytes)> _samples = new();
    private long _bytes;
    private long _reported = -1;
    private long _lastChange;
    private bool _over;

    public ProgressMeter(IProgress<TransferProgress>? progress, TransferReport report, long? total, string method, TimeProvider time, long start = 0)
    {
        (_progress, _report, _total, _method, _time) = (progress, report, total, method, time);
        _lastChange = time.GetTimestamp();
        _bytes = start; // an earlier attempt's bytes count, but not for the rate
        _samples.Enqueue((_lastChange, start));
        if (progress is not null) _timer = time.CreateTimer(_ => Tick(), null, Interval, Interval);
    }

    /// <summary>That many bytes so far, counted from the file's start.</summary>
    public void Moved(long bytes) => Volatile.Write(ref _bytes, bytes);

    /// <summary>Stops, after a last report when <paramref name="complete"/>.</summary>
    public async ValueTask FinishAsync(bool complete)
    {
        if (_timer is not null) await _timer.DisposeAsync().ConfigureAwait(false);
        lock (_lock)
        {
            if (_over) return;
            _over = true;
            if (complete) Report(_time.GetTimestamp(), stalled: null);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => FinishAsync(complete: false);

    private void Tick()
    {
        lock (_lock)
        {
            if (_over) return;
            var now = _time.GetTimestamp();
            var bytes = Volatile.Read(ref _bytes);
            if (bytes != _reported)
            {
                _lastChange = now;
                Report(now, stalled: null);
                return;
            }

            var silent = _time.GetElapsedTime(_lastChange, now);
            if (silent >= StalledAfter) Report(now, silent);
        }
    }

    private void Report(long now, TimeSpan? stalled)
    {
        var bytes = Volatile.Read(ref _bytes);
        _samples.Enqueue((now, bytes));
        while (_samples.Count > RateSamples) _samples.Dequeue();
        var (at, then) = _samples.Peek();
        var seconds = _time.GetElapsedTime(at, now).TotalSeconds;
        _reported = bytes;
        _report.Tell(_progress, new TransferProgress(_report.Transfer, bytes, _total, seconds > 0 ? (bytes - then) / seconds : 0, _method, stalled));
    }
}
