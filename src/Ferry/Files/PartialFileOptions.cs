namespace Ferry.Files;

/// <summary>What a <see cref="PartialFile"/> is to become.</summary>
internal sealed record PartialFileOptions
{
    /// <summary>The target folder; must be there.</summary>
    public required string Directory { get; init; }

    /// <summary>The target's name, from <see cref="Protocol.Files.FileNames.Sanitise"/>.</summary>
    public required string Name { get; init; }

    /// <summary>What to do when the target is there.</summary>
    public ExistingFile Existing { get; init; }

    /// <summary>Bytes that will come; null is unknown. Known: checked against the free space first and against the file at the end.</summary>
    public long? Size { get; init; }

    /// <summary>The offer's date for the finished file.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>Wait until the disk has the bytes before the target appears. Costs as long as the disk takes.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>
    /// Asked when the partial file is locked, with its path and length: what of it to go on from. Null: nothing, it begins anew.
    /// </summary>
    public Func<string, long, KeptPart>? Keep { get; init; }

    /// <summary>Free bytes at a path; null is unknown. Replaced in tests.</summary>
    public Func<string, long?> FreeSpace { get; init; } = PartialFile.FreeSpaceAt;
}
