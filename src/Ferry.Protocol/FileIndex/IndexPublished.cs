using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.FileIndex;

/// <summary>The index's answer to a publish.</summary>
/// <param name="Share">The share's name.</param>
/// <param name="Generation">What the index has now.</param>
/// <param name="Count">Files of the share that it has now.</param>
public sealed record IndexPublished(string Share, long Generation, long Count)
{
    /// <summary>Reads <c>published</c>.</summary>
    public static bool TryParse(Element? element, [NotNullWhen(true)] out IndexPublished? published)
    {
        published = null;
        if (element is null || !element.Is(Namespaces.FileIndex, "published") || element.Attribute("share") is not { } share) return false;
        if (!IndexPublish.TryNumber(element.Attribute("generation"), out var generation) || !IndexPublish.TryNumber(element.Attribute("count"), out var count)) return false;
        published = new IndexPublished(share, generation, count);
        return true;
    }

    public Element ToElement() => new(
        Namespaces.FileIndex, "published", ("share", Share), ("generation", IndexPublish.Number(Generation)), ("count", IndexPublish.Number(Count)));
}
