namespace Ferry.Server.Index.Storage;

/// <summary>How long a reader of the index may take, from now on.</summary>
internal sealed class ReadTime(TimeProvider time, TimeSpan most)
{
    private readonly long _began = time.GetTimestamp();

    public bool IsOver => time.GetElapsedTime(_began) >= most;

    /// <summary>What is left, a millisecond at least.</summary>
    public TimeSpan Left => most - time.GetElapsedTime(_began) is var left && left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);

    /// <exception cref="TimeoutException">It is over.</exception>
    public void Check()
    {
        if (IsOver) throw new TimeoutException($"the index was read for {most.TotalSeconds} s, which is as long as it may take");
    }
}
