using Ferry.Protocol.StreamInitiation;

namespace Ferry.Protocol.Tests.StreamInitiation;

/// <summary>What both ends of these tests can do, and the file that one offers.</summary>
internal static class SiTerms
{
    public static SiMethod[] Methods { get; } = [new("s5b"), new("ibb", LastResort: true)];

    public static SiOffer Offer { get; } = new("sid", new SiFile("n", 100, RangeOffered: true), ["s5b", "ibb"]);
}
