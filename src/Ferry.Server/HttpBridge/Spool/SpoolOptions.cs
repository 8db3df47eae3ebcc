namespace Ferry.Server.HttpBridge.Spool;

/// <summary>Files that wait on disk for a receiver behind HTTP, and what they may take.</summary>
public sealed record SpoolOptions
{
    /// <summary>For them alone; made, for its owner alone, where it is missing.</summary>
    public required string Folder { get; init; }

    /// <summary>Bytes of all of them.</summary>
    public long MaxBytes { get; init; } = 10L << 30;

    /// <summary>Bytes of one bare JID's.</summary>
    public long MaxBytesPerUser { get; init; } = 2L << 30;

    /// <summary>All of them, however small.</summary>
    public int MaxFiles { get; init; } = 10_000;

    /// <summary>Those of one bare JID.</summary>
    public int MaxFilesPerUser { get; init; } = 1000;

    /// <summary>How long one waits for its receiver; fetched or not, it is removed then.</summary>
    public TimeSpan KeepTime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Requests that fetch one file at one time.</summary>
    public int MaxReadersPerFile { get; init; } = 8;
}
