namespace Ferry.Server.Index.Storage;

/// <summary>A share as it is kept, with what a search has to know of its owner.</summary>
internal sealed record ShareRow
{
    public long Id { get; init; }

    public long Owner { get; init; }

    public string Name { get; init; } = "";

    public long Generation { get; init; }

    public long Series { get; init; }

    public long Base { get; init; }

    public long Next { get; init; }

    public long Entries { get; init; }

    public long? Visibility { get; init; }

    public long Rules { get; init; }

    /// <summary>The owner's bare address.</summary>
    public string Jid { get; init; } = "";

    /// <summary>The owner's rule.</summary>
    public long? OwnerVisibility { get; init; }

    /// <summary>A full address of the owner that is there now, or null.</summary>
    public string? Session { get; init; }
}
