using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.FileIndex;

/// <summary>
/// The index has begun anew and asks an owner who was there before whether that is still so (an iq of type set). Whoever still shares answers with an empty result,
/// sends directed presence again and goes on with the generations; who does not answers with any error.
/// </summary>
public sealed record IndexResync
{
    /// <summary>Reads <c>resync</c>.</summary>
    public static bool TryParse(Element? element, [NotNullWhen(true)] out IndexResync? resync)
    {
        resync = element is not null && element.Is(Namespaces.FileIndex, "resync") ? new IndexResync() : null;
        return resync is not null;
    }

    public Element ToElement() => new(Namespaces.FileIndex, "resync");
}
