using Ferry.Protocol.Addressing;
using Ferry.Protocol.Hashes;

namespace Ferry.Protocol.FileIndex;

/// <summary>What is searched for; everything given must hold.</summary>
public sealed record SearchQuery
{
    /// <summary>Words and patterns together.</summary>
    public const int MaxTerms = 16;

    /// <summary>Folded words; a word of at least <see cref="PrefixLength"/> characters also finds those that begin with it.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Folded beginnings of words, of at least two characters, whatever their length: <c>ab*</c>.</summary>
    public IReadOnlyList<string> Prefixes { get; init; } = [];

    /// <summary>Patterns for the whole file name.</summary>
    public IReadOnlyList<NamePattern> Patterns { get; init; } = [];

    public FileKind? Kind { get; init; }

    /// <summary>For example <c>video/mp4</c>, in lower case.</summary>
    public string? MediaType { get; init; }

    /// <summary>The least, in bytes.</summary>
    public long? MinSize { get; init; }

    /// <summary>The most, in bytes.</summary>
    public long? MaxSize { get; init; }

    /// <summary>The whole file's.</summary>
    public FileHash? Hash { get; init; }

    /// <summary>A bare address.</summary>
    public Jid? Owner { get; init; }

    /// <summary>Only files whose owners are there now.</summary>
    public bool Online { get; init; }

    /// <summary>Characters from which on a word also finds what begins with it.</summary>
    public const int PrefixLength = 3;

    /// <summary>Nothing is searched for: being online alone is nothing.</summary>
    public bool IsEmpty =>
        Words.Count == 0 && Prefixes.Count == 0 && Patterns.Count == 0 && Kind is null && MediaType is null && MinSize is null && MaxSize is null && Hash is null && Owner is null;

    /// <summary>Words and kinds do not tell whether a file fits: its row must be looked at.</summary>
    public bool NeedsRows => Patterns.Count > 0 || MediaType is not null || MinSize is not null || MaxSize is not null || Hash is not null;

    /// <summary>There is something that an index can look up: not only patterns without three letters in a row.</summary>
    public bool IsIndexed => !IsEmpty && (Patterns.All(pattern => pattern.Literals.Any()) || (this with { Patterns = [] }) is { IsEmpty: false });
}
