namespace Ferry.Net.Pumps;

/// <summary>How a pump came to its end.</summary>
public enum PumpEnd
{
    /// <summary>Every expected byte was moved; without an expected length, the source ended.</summary>
    Completed,

    /// <summary>The source ended before the expected length.</summary>
    SourceEnded,

    /// <summary>Reading threw.</summary>
    SourceFailed,

    /// <summary>Writing threw.</summary>
    SinkFailed,

    /// <summary>No byte was read or written for the whole idle time.</summary>
    Stalled,

    /// <summary>The caller's token.</summary>
    Cancelled,

    /// <summary>The source has more than <see cref="PumpOptions.MaxLength"/>; exactly that many bytes were moved.</summary>
    Excess,
}
