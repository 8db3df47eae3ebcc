namespace Ferry;

/// <summary>The names of offers, as options, events and outcomes have them.</summary>
public static class OfferNames
{
    /// <summary>Jingle file transfer (XEP-0234).</summary>
    public const string Jingle = "jingle";

    /// <summary>Stream initiation (XEP-0095, XEP-0096).</summary>
    public const string StreamInitiation = "si";

    /// <summary>jabberFS, the proposal of 2002: send and get with resume.</summary>
    public const string JabberFs = "jabberfs";

    /// <summary>A bytestream that is opened without an offer.</summary>
    public const string None = "none";

    /// <summary>Those by which a peer can also be asked for a file, in order of preference.</summary>
    public static IReadOnlyList<string> Askable { get; } = [JabberFs, Jingle];

    /// <summary>Every offer that this version has, in its own order of preference.</summary>
    public static IReadOnlyList<string> All { get; } = [Jingle, StreamInitiation, JabberFs, None];
}
