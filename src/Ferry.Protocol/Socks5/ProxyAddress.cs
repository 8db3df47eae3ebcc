using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Socks5;

/// <summary>Asking a proxy for its network address (XEP-0065 section 4): an iq get and its result.</summary>
/// <param name="Streamhosts">Usually one; at most <see cref="BytestreamsOffer.MaxStreamhosts"/> are read.</param>
public sealed record ProxyAddress(IReadOnlyList<Streamhost> Streamhosts)
{
    /// <summary>The request.</summary>
    public static Element Query() => new(Namespaces.Bytestreams, "query");

    /// <summary>Reads the result; false when no usable streamhost is in it.</summary>
    public static bool TryParse(Element? query, [NotNullWhen(true)] out ProxyAddress? address)
    {
        address = null;
        if (query is null || !query.Is(Namespaces.Bytestreams, "query")) return false;
        var streamhosts = new List<Streamhost>();
        foreach (var child in query.Children)
        {
            if (streamhosts.Count < BytestreamsOffer.MaxStreamhosts && Streamhost.TryParse(child, out var streamhost)) streamhosts.Add(streamhost);
        }

        if (streamhosts.Count > 0) address = new ProxyAddress(streamhosts);
        return address is not null;
    }

    public Element ToElement() =>
        new(Namespaces.Bytestreams, "query", Streamhosts.Select(streamhost => streamhost.ToElement()).ToArray());
}
