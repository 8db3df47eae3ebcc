namespace Ferry;

/// <summary>What to do when a file of the offered name is there already.</summary>
public enum ExistingFile
{
    /// <summary>Refuse the offer with <see cref="FailureReason.Exists"/>. Nothing is overwritten unless asked.</summary>
    Refuse,

    /// <summary>Take the next free name: <c>film (2).mkv</c>.</summary>
    Rename,

    /// <summary>Replace it, once the new file has arrived whole.</summary>
    Overwrite,
}

/// <summary>How an accepted file is received.</summary>
public sealed record ReceiveOptions
{
    /// <summary>What to do about a file that is there.</summary>
    public ExistingFile Existing { get; init; }

    /// <summary>Another name than the offered one. Checked like the offered one.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// The most bytes that are taken: a larger offer is refused, and a stream of unknown size that goes beyond ends, both with
    /// <see cref="FailureReason.TooLarge"/>. Null: as much as there is room for.
    /// </summary>
    public long? MaxBytes { get; init; }

    /// <summary>Narrows and orders <see cref="FerryOptions.Methods"/> for this file.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Hears the transfer's progress.</summary>
    public IProgress<TransferProgress>? Progress { get; init; }

    /// <summary>Hears which ways were tried.</summary>
    public IProgress<Attempt>? Attempts { get; init; }
}
