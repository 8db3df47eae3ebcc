using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.HttpBridge;

/// <summary>The proxy's answer to a <see cref="BridgeConnect"/>: what the receiver then names to the sender as used (bs-proxy, step II.1).</summary>
/// <param name="Streamhost">Whose streamhost it is.</param>
public sealed record BridgeConnected(Jid Streamhost)
{
    /// <summary>Reads <c>connected</c>; false when it names no streamhost.</summary>
    public static bool TryParse(Element? element, [NotNullWhen(true)] out BridgeConnected? connected)
    {
        connected = null;
        if (element is null || !element.Is(Namespaces.HttpBridge, "connected") || !Jid.TryParse(element.Attribute("jid"), out var jid)) return false;
        connected = new BridgeConnected(jid);
        return true;
    }

    public Element ToElement() => new(Namespaces.HttpBridge, "connected", ("jid", Streamhost.ToString()));
}
