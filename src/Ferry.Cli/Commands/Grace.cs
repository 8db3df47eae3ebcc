namespace Ferry.Cli.Commands;

/// <summary>After an interrupt both ends are told; that may take a moment, but not for ever.</summary>
internal static class Grace
{
    /// <summary>How long after an interrupt an outcome is waited for.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>The task's result; after a cancellation only if it comes within the grace period, else an <see cref="OperationCanceledException"/>.</summary>
    public static async Task<T> WithinGraceAsync<T>(this Task<T> task, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }

        try
        {
            return await task.WaitAsync(Period, time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }
}
