namespace Ferry;

/// <summary>What goes with a file that is sent.</summary>
public sealed record SendOptions
{
    /// <summary>The name that is offered; needed for streams, and the file's own name otherwise.</summary>
    public string? Name { get; init; }

    /// <summary>A few words for the person at the other end.</summary>
    public string? Description { get; init; }

    /// <summary>A stream's length in bytes where it cannot be asked for its own; null and not seekable means unknown.</summary>
    public long? Length { get; init; }

    /// <summary>Narrows and orders <see cref="FerryOptions.Offers"/> for this file.</summary>
    public IReadOnlyList<string> Offers { get; init; } = [];

    /// <summary>Narrows and orders <see cref="FerryOptions.Methods"/> for this file.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Hears the transfer's progress.</summary>
    public IProgress<TransferProgress>? Progress { get; init; }

    /// <summary>Hears which ways were tried.</summary>
    public IProgress<Attempt>? Attempts { get; init; }

    /// <summary>The transfer's id; made up when null.</summary>
    public string? Transfer { get; init; }

    /// <summary>The id of an offer by stream initiation, where the peer expects one; else it is made up.</summary>
    internal string? StreamId { get; init; }
}
