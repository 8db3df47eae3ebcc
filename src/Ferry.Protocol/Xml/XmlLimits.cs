namespace Ferry.Protocol.Xml;

/// <summary>What one stream may send us before it is cut off (RFC 6120 sections 11 and 13.12).</summary>
/// <param name="MaxStanzaBytes">Bytes of one top-level element, tags included. At least 10,000 by RFC 6120.</param>
/// <param name="MaxDepth">Levels of elements, the stream header not counted.</param>
/// <param name="MaxAttributes">Attributes of one element.</param>
/// <param name="MaxNameLength">Characters of a name or prefix.</param>
public sealed record XmlLimits(int MaxStanzaBytes = 512 * 1024, int MaxDepth = 64, int MaxAttributes = 64, int MaxNameLength = 1024)
{
    public static XmlLimits Default { get; } = new();
}
