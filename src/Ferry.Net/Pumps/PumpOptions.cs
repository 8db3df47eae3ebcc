namespace Ferry.Net.Pumps;

/// <summary>How <see cref="StreamPump"/> moves bytes.</summary>
public sealed record PumpOptions
{
    /// <summary>The default of <see cref="BufferSize"/>.</summary>
    public const int DefaultBufferSize = 256 * 1024;

    /// <summary>Bytes to move; nothing is read behind them. Null: until the source ends.</summary>
    public long? Length { get; init; }

    /// <summary>With no <see cref="Length"/>: more than this ends in <see cref="PumpEnd.Excess"/>. Null: no bound.</summary>
    public long? MaxLength { get; init; }

    /// <summary>Longest time in which neither a read nor a write succeeds. Default 30 s; <see cref="Timeout.InfiniteTimeSpan"/> for never.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of each of the pump's four buffers. Default 256 KiB: measured, less CPU than 128 KiB and little more than 512.</summary>
    public int BufferSize { get; init; } = DefaultBufferSize;

    /// <summary>Called after every write, on the pump's thread, with the bytes moved so far. Must be quick and must not throw.</summary>
    public Action<long>? Progress { get; init; }

    /// <summary>Hashes to go on with, fed with what comes before these bytes; the caller's to dispose of. Null: a SHA-256 of these bytes.</summary>
    public RunningHashes? Hashes { get; init; }

    /// <summary>False: nothing is hashed here, and the result's SHA-256 is empty; somebody else does it, see <see cref="FollowingHash"/>.</summary>
    public bool Hashed { get; init; } = true;

    /// <summary>
    /// True: what was written is hashed before more is read, without another thread. For sinks and sources that are far slower than the hash, and pieces that are small:
    /// waking a thread for each then costs more than the two gain by working at once.
    /// </summary>
    public bool HashedInPlace { get; init; }

    /// <summary>The clock of the idle time.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
