using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Socks5;

/// <summary>The target's answer: the streamhost that it connected to (XEP-0065 section 5.3.2).</summary>
/// <param name="Jid">Whose streamhost it is; the address is not named.</param>
/// <param name="Sid">The stream's id, which some leave out.</param>
public sealed record StreamhostUsed(Jid Jid, string? Sid = null)
{
    /// <summary>Reads <c>query</c>; false when it names no streamhost.</summary>
    public static bool TryParse(Element? query, [NotNullWhen(true)] out StreamhostUsed? used)
    {
        used = null;
        if (query is null || !query.Is(Namespaces.Bytestreams, "query")) return false;
        if (!query.TryChild(Namespaces.Bytestreams, "streamhost-used", out var child) || !Jid.TryParse(child.Attribute("jid"), out var jid)) return false;
        used = new StreamhostUsed(jid, query.Attribute("sid"));
        return true;
    }

    public Element ToElement() => new(
        Namespaces.Bytestreams,
        "query",
        ("sid", Sid),
        new Element(Namespaces.Bytestreams, "streamhost-used", ("jid", Jid.ToString())));
}
