namespace Ferry.Testing.Time;

/// <summary>A clock that moves when a test says so; due timers run on the test's thread.</summary>
public sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private readonly List<(TimeSpan SetFor, TaskCompletionSource Armed)> _waiters = [];
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Timers that will still fire.</summary>
    public int Armed
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count(timer => timer.Due is not null);
            }
        }
    }

    /// <summary>Completes once a timer set for <paramref name="dueTime"/> is pending: only then will advancing the clock reach it.</summary>
    public Task WaitForTimerAsync(TimeSpan dueTime)
    {
        lock (_lock)
        {
            if (_timers.Exists(timer => timer.Due is not null && timer.SetFor == dueTime))
            {
                return Task.CompletedTask;
            }

            var armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((dueTime, armed));
            return armed.Task;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        DateTimeOffset end = GetUtcNow() + by;
        while (true)
        {
            Timer? due;
            lock (_lock)
            {
                due = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
                _now = due?.Due ?? end;
                if (due is null)
                {
                    return;
                }

                due.Due = due.Period > TimeSpan.Zero ? due.Due + due.Period : null;
            }

            due.Fire();
        }
    }

    /// <summary>
    /// Lets time pass, step by step, until this has ended; whatever has not ended after 20 s of the real clock fails the test. For what another thread's
    /// timer ends: advancing once may come before that timer is set, or before its owner has noted what happened last, and then nobody would advance again.
    /// </summary>
    public async Task<T> PassUntilAsync<T>(Task<T> ending, TimeSpan step)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!ending.IsCompleted)
        {
            limit.IsCancellationRequested.ShouldBeFalse("it did not end, however much time passed");
            // First, so that whoever acts on what has just happened may note it.
            await Task.WhenAny(ending, Task.Delay(5, CancellationToken.None));
            Advance(step);
        }

        return await ending;
    }

    private void TellWaiters(TimeSpan dueTime)
    {
        foreach (var waiter in _waiters.Where(waiter => waiter.SetFor == dueTime).ToList())
        {
            _waiters.Remove(waiter);
            waiter.Armed.SetResult();
        }
    }

    private sealed class Timer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        internal DateTimeOffset? Due { get; set; }

        internal TimeSpan SetFor { get; private set; }

        internal TimeSpan Period { get; private set; }

        internal void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                Period = period;
                Due = dueTime < TimeSpan.Zero ? null : time._now + dueTime;
                if (!time._timers.Contains(this))
                {
                    time._timers.Add(this);
                }

                SetFor = dueTime;
                time.TellWaiters(dueTime);

                return true;
            }
        }

        public void Dispose()
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
