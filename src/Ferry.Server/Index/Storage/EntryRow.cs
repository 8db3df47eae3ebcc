using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;

namespace Ferry.Server.Index.Storage;

/// <summary>One shared file as it is kept. The property names are the columns'.</summary>
internal sealed record EntryRow
{
    public long Id { get; init; }

    public long Share { get; init; }

    public string Path { get; init; } = "";

    public string Fold { get; init; } = "";

    public long Size { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public long? Modified { get; init; }

    public string? Media { get; init; }

    public string? Description { get; init; }

    public string? Hashes { get; init; }

    public long? Visibility { get; init; }

    public long Series { get; init; }

    public string Terms { get; init; } = "";

    /// <summary>A file that was published, as a row that has no number and no series yet.</summary>
    public static EntryRow Of(string shareName, IndexedFile file) => new()
    {
        Path = file.Path,
        Fold = SearchText.Fold(file.File.Name),
        Size = file.File.Size ?? 0,
        Modified = file.File.Date?.ToUnixTimeMilliseconds(),
        Media = file.File.MediaType,
        Description = file.File.Description,
        Hashes = file.File.Hashes.Count == 0 ? null : string.Join(' ', file.File.Hashes.Select(hash => $"{hash.Algorithm}:{hash.Hex}")),
        Visibility = (long?)file.Visibility,
        Terms = EntryTerms.Of(shareName, file),
    };

    /// <summary>Whether nothing was changed but the series.</summary>
    public bool SaysTheSameAs(EntryRow other) =>
        Size == other.Size && Modified == other.Modified && Media == other.Media && Description == other.Description && Hashes == other.Hashes && Visibility == other.Visibility && Fold == other.Fold;

    public FileMetadata ToMetadata() => new(
        IndexPaths.NameOf(Path), Size, Media, Modified is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null, Description)
    {
        Hashes = Hashes is null ? [] : [.. Hashes.Split(' ').Select(text => text.Split(':')).Select(pair => new FileHash(pair[0], pair[1]))],
    };

    /// <summary>What the full text cannot tell: exact sizes, whole hashes, patterns.</summary>
    public bool Fits(SearchQuery query) =>
        (query.MinSize is not { } least || Size >= least)
        && (query.MaxSize is not { } most || Size <= most)
        && (query.MediaType is not { } type || Media == type)
        && (query.Hash is not { } hash || (Hashes is not null && Hashes.Split(' ').Contains($"{hash.Algorithm}:{hash.Hex}", StringComparer.Ordinal)))
        && query.Patterns.All(pattern => pattern.Matches(Fold));
}
