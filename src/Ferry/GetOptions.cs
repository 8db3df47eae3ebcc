namespace Ferry;

/// <summary>How a file that is asked for is received.</summary>
public sealed record GetOptions
{
    /// <summary>What to do about a file of that name that is there.</summary>
    public ExistingFile Existing { get; init; }

    /// <summary>Another name here than the last component of what is asked for. Checked like any name of a peer's.</summary>
    public string? Name { get; init; }

    /// <summary>The most bytes that are taken: a larger file fails with <see cref="FailureReason.TooLarge"/>. Null: as much as there is room for.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>
    /// Where a part of the file is here and the peer now has a file of another size: keep the part, and fail with <see cref="FailureReason.SourceChanged"/>. Default:
    /// the part is set aside and the new file taken from its start.
    /// </summary>
    public bool OnlySameFile { get; init; }

    /// <summary>Narrows and orders the ways to ask: <c>jabberfs</c>, <c>jingle</c>. Empty: all that there are.</summary>
    public IReadOnlyList<string> Offers { get; init; } = [];

    /// <summary>Narrows and orders <see cref="FerryOptions.Methods"/> for this file.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Hears the transfer's progress.</summary>
    public IProgress<TransferProgress>? Progress { get; init; }

    /// <summary>Hears which ways were tried.</summary>
    public IProgress<Attempt>? Attempts { get; init; }

    /// <summary>The transfer's id; made up when null.</summary>
    public string? Transfer { get; init; }
}
