namespace Ferry.Cli.Commands.Receive;

/// <summary>Runs out when nothing is going on for a whole period.</summary>
internal sealed class IdleLimit : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly TimeSpan _period;
    private readonly Lock _gate = new();
    private int _busy;

    public IdleLimit(TimeSpan? period, TimeProvider time)
    {
        _period = period ?? Timeout.InfiniteTimeSpan;
        _source = new CancellationTokenSource(_period, time);
    }

    /// <summary>Set when it ran out.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Something began: the time stands still.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _busy++;
            _source.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>It ended: with nothing else under way the period starts again.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (--_busy == 0) _source.CancelAfter(_period);
        }
    }

    public void Dispose() => _source.Dispose();
}
