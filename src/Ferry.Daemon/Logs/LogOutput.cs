using System.Collections.Concurrent;

namespace Ferry.Daemon.Logs;

/// <summary>
/// Lines to standard error, written by a loop of its own: whoever reads them slowly, or not at all, holds nobody up. When too many wait the next ones are dropped, and
/// how many were is a line of its own.
/// </summary>
internal sealed class LogOutput : IAsyncDisposable
{
    /// <summary>Lines that wait at most.</summary>
    public const int Capacity = 4096;

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly BlockingCollection<string> _lines = new(Capacity);
    private readonly TextWriter _to;
    private readonly Task _writing;
    private int _dropped;

    public LogOutput(TextWriter to)
    {
        _to = to;
        // Its own thread: a blocked write must not take one of the pool's.
        _writing = Task.Factory.StartNew(Write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public void Add(string line)
    {
        try
        {
            if (!_lines.TryAdd(line)) Interlocked.Increment(ref _dropped);
        }
        catch (InvalidOperationException)
        {
            // The end was written already.
        }
    }

    /// <summary>Writes what waits, if somebody takes it soon.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.CompleteAdding();
        await Task.WhenAny(_writing, Task.Delay(Farewell));
    }

    private void Write()
    {
        try
        {
            foreach (var line in _lines.GetConsumingEnumerable())
            {
                _to.WriteLine(line);
                if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped) _to.WriteLine($"… {dropped} lines dropped: whoever reads the log was too slow");
            }

            _to.Flush();
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException)
        {
            // Nobody reads any more. Lines are dropped from now on.
        }
    }
}
