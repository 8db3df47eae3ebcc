namespace Ferry;

/// <summary>The names of offers, as options, events and outcomes have them.</summary>
public static class OfferNames
{
    /// <summary>Stream initiation (XEP-0095, XEP-0096).</summary>
    public const string StreamInitiation = "si";

    /// <summary>A bytestream that is opened without an offer.</summary>
    public const string None = "none";

    /// <summary>Every offer that this version has, in its own order of preference.</summary>
    public static IReadOnlyList<string> All { get; } = [StreamInitiation, None];
}
