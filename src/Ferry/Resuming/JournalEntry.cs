using System.Text.Json.Serialization;
using Ferry.Net.Pumps;
using Ferry.Protocol.Addressing;

namespace Ferry.Resuming;

/// <summary>What is known of one partial file, as it stands in the journal.</summary>
internal sealed record JournalEntry
{
    public const int CurrentVersion = 1;

    public required int Version { get; init; }

    /// <summary>The partial file's whole path.</summary>
    public required string Partial { get; init; }

    public required string Sender { get; init; }

    public required string Name { get; init; }

    public required long Size { get; init; }

    public string? Md5 { get; init; }

    public DateTimeOffset? Modified { get; init; }

    /// <summary>Bytes from the start that are known to lie on the disk.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes from the start that <see cref="Sha256"/> covers; <see cref="Bytes"/> at most.</summary>
    public long Hashed { get; init; }

    /// <summary>Hexadecimal.</summary>
    public string? Sha256 { get; init; }

    /// <summary>This sender offered ranges and sent everything all the same: it is asked for none again.</summary>
    public bool IgnoresRanges { get; init; }

    /// <summary>The hash of the beginning.</summary>
    [JsonIgnore]
    public HashMark Mark => Sha256 is null ? HashMark.Empty : new HashMark(Hashed, Convert.FromHexString(Sha256));

    public static JournalEntry Of(string partial, FileIdentity identity) => new()
    {
        Version = CurrentVersion,
        Partial = partial,
        Sender = identity.Sender.ToString(),
        Name = identity.Name,
        Size = identity.Size,
        Md5 = identity.Md5,
        Modified = identity.Modified,
    };

    /// <summary>Whether the numbers can be true, and it speaks of that path.</summary>
    public bool IsSound(string partial) =>
        Version == CurrentVersion
        && Partial == partial
        && Hashed >= 0 && Hashed <= Bytes && Bytes <= Size
        && (Sha256 is null ? Hashed == 0 : Sha256.Length == 64 && Sha256.All(char.IsAsciiHexDigit));

    public bool IsOf(FileIdentity identity) =>
        Sender == identity.Sender.ToString() && Name == identity.Name && Size == identity.Size && Md5 == identity.Md5 && Modified == identity.Modified;
}

/// <summary>The serialiser's code, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(JournalEntry))]
internal sealed partial class JournalContext : JsonSerializerContext;
