using Ferry.Protocol.Addressing;

namespace Ferry;

/// <summary>How a transfer ended: the one value for caller, log, events and exit code. Success when <see cref="Failure"/> is null.</summary>
public sealed record Outcome
{
    /// <summary>The transfer's id in events and log entries.</summary>
    public required string Transfer { get; init; }

    /// <summary>The other side: a full address once it is known.</summary>
    public required Jid Peer { get; init; }

    /// <summary>The file's name: as offered when sending, as checked when receiving.</summary>
    public required string Name { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public Failure? Failure { get; init; }

    /// <summary>Whether the file went across whole.</summary>
    public bool Succeeded => Failure is null;

    /// <summary>The file's path here, or null for streams and failures.</summary>
    public string? Path { get; init; }

    /// <summary>Bytes that crossed in this transfer.</summary>
    public long Bytes { get; init; }

    /// <summary>SHA-256 of the whole file in lower-case hexadecimal; null when it failed.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The offer's name (<c>si</c>, <c>none</c>).</summary>
    public string? Offer { get; init; }

    /// <summary>The method that carried the bytes (<c>s5b-direct</c>, <c>ibb</c>); null if none was chosen.</summary>
    public string? Method { get; init; }

    /// <summary>Whether both ends are known to have the same bytes. An SI sender never knows.</summary>
    public bool Verified => VerifiedBy is not null;

    /// <summary>What was compared (<c>md5</c>, <c>sha-256</c>), or null.</summary>
    public string? VerifiedBy { get; init; }

    /// <summary>Where an earlier attempt had come to, in bytes: those before it did not cross in this transfer. 0: it began at the start.</summary>
    public long ResumedFrom { get; init; }

    /// <summary>From the offer to the end.</summary>
    public TimeSpan Duration { get; init; }
}
