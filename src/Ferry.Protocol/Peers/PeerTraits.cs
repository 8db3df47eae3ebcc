namespace Ferry.Protocol.Peers;

/// <summary>
/// What one make of client does differently from the others, as far as allowing for it would cost something with them. What suits everybody is a rule
/// and stands with the code; docs/peers.md lists both with their sources.
/// </summary>
public sealed record PeerTraits
{
    /// <summary>A client of which nothing is known.</summary>
    public static PeerTraits Unknown { get; } = new();

    /// <summary>What people call it; null where it is not known.</summary>
    public string? Name { get; init; }

    /// <summary>Bytes before base64 of the largest in-band block that it takes, 1 to 65535. 4096 is taken by all (XEP-0047 section 4).</summary>
    public int LargestInBandBlock { get; init; } = 4096;

    /// <summary>In-band blocks of one stream after which it refuses more; null: numbers go 65535, 0 and the stream goes on.</summary>
    public int? MostInBandBlocks { get; init; }

    /// <summary>Whether it may take in-band blocks that come in messages; false where they are known to be dropped without a word.</summary>
    public bool TakesInBandMessages { get; init; } = true;

    /// <summary>Its in-band numbers go from 65534 to 0.</summary>
    public bool SkipsLastSeq { get; init; }

    /// <summary>It hashes stream id and addresses as Latin-1 rather than UTF-8 for the SOCKS5 destination, which matters beyond ASCII only.</summary>
    public bool HashesLatin1 { get; init; }

    /// <summary>
    /// It tries a SOCKS5 streamhost after the other. Those that connect to all at once, as slixmpp does, take both places of a stream at a proxy that has two
    /// addresses.
    /// </summary>
    public bool TriesHostsInTurn { get; init; }

    /// <summary>It closes a SOCKS5 stream as soon as it has everything: silence behind the last byte is a stall, not a habit.</summary>
    public bool ClosesWhenDone { get; init; }

    /// <summary>Its <c>received</c> in a Jingle session means that it compared hashes: then both ends are known to have the same bytes.</summary>
    public bool ConfirmsHashes { get; init; }

    /// <summary>It takes the Base64 of a hash for that of its hexadecimal digits, and finds none that is written otherwise.</summary>
    public bool ReadsHashesOfDigits { get; init; }

    /// <summary>It answers Jingle requests for files; others, such as Conversations and Dino, take a request for an offer.</summary>
    public bool ServesRequests { get; init; }

    /// <summary>Offers of one account that it keeps undecided; more are refused for the time being. Null: no bound is known.</summary>
    public int? MostUndecidedOffers { get; init; }

    /// <summary>The most bytes that cross in-band in blocks of 4096; null: any number.</summary>
    public long? MostInBandBytes => MostInBandBlocks is { } blocks ? (long)blocks * Math.Min(LargestInBandBlock, 4096) : null;
}
