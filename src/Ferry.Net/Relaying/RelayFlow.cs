namespace Ferry.Net.Relaying;

/// <summary>A joined pair while it runs, and how it ended.</summary>
public sealed class RelayFlow
{
    private readonly TaskCompletionSource<RelayEnding> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action _cancel;
    private long _forward;
    private long _backward;

    internal RelayFlow(RelayTerms terms, Action cancel) => (Terms, _cancel) = (terms, cancel);

    /// <summary>Its bounds.</summary>
    public RelayTerms Terms { get; }

    /// <summary>Bytes passed on from the first to the second connection.</summary>
    public long Forward => Volatile.Read(ref _forward);

    /// <summary>Bytes passed on from the second to the first connection.</summary>
    public long Backward => Volatile.Read(ref _backward);

    /// <summary>Completes when both connections are closed.</summary>
    public Task<RelayEnding> Ended => _ended.Task;

    /// <summary>Resets both connections, unless the pair has ended. Completion is told by <see cref="Ended"/>.</summary>
    public void Cancel()
    {
        if (!_ended.Task.IsCompleted)
        {
            _cancel();
        }
    }

    internal bool IsOver(long more) => Forward + Backward + more > Terms.MaxBytes;

    internal void Count(bool forward, long bytes)
    {
        if (forward)
        {
            Interlocked.Add(ref _forward, bytes);
        }
        else
        {
            Interlocked.Add(ref _backward, bytes);
        }
    }

    internal void End(RelayEnding ending) => _ended.TrySetResult(ending);
}
