namespace Ferry.Offers;

/// <summary>Tasks that nobody awaits directly: none is forgotten, the client ends only when all of them have.</summary>
internal sealed class TaskTracker
{
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];
    private readonly HashSet<Task> _callers = [];

    /// <summary>Cancelled when the client is disposed.</summary>
    public CancellationTokenSource Stop { get; } = new();

    /// <summary>Cancelled when the client is disposed; what runs in a caller's task listens to it.</summary>
    public CancellationToken Stopping => Stop.Token;

    /// <summary>Runs a loop. Its exceptions are its own business: it ends with an outcome.</summary>
    public void Run(Func<CancellationToken, Task> loop)
    {
        var task = Task.Run(() => loop(Stop.Token));
        lock (_lock) _running.Add(task);
        _ = RemoveAsync(task);
    }

    /// <summary>Runs what a caller awaits: it is waited for as well, but not for ever, since it may hang in a stream of the caller's.</summary>
    public async Task<T> TrackAsync<T>(Func<Task<T>> work)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) _callers.Add(over.Task);
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            lock (_lock) _callers.Remove(over.Task);
            over.SetResult();
        }
    }

    /// <summary>Waits for what callers await, at most that time.</summary>
    public async Task SettleAsync(TimeSpan longest, TimeProvider time)
    {
        Task[] left;
        lock (_lock) left = [.. _callers];
        try
        {
            await Task.WhenAll(left).WaitAsync(longest, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It hangs where we cannot reach it.
        }
    }

    /// <summary>Cancels all and waits for them.</summary>
    public async Task StopAsync()
    {
        if (!Stop.IsCancellationRequested) await Stop.CancelAsync().ConfigureAwait(false);
        Task[] left;
        lock (_lock) left = [.. _running];
        await Task.WhenAll(left.Select(QuietlyAsync)).ConfigureAwait(false);
    }

    private async Task RemoveAsync(Task task)
    {
        await QuietlyAsync(task).ConfigureAwait(false);
        lock (_lock) _running.Remove(task);
    }

    private static Task QuietlyAsync(Task task) => task.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
