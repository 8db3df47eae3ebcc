using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.HttpBridge;

/// <summary>How far a transfer is, an iq set of the proxy (bs-proxy, part III). Both numbers are bytes, and only the proxy's word.</summary>
/// <param name="SidHash">Which stream.</param>
/// <param name="Sent">Bytes so far; nothing keeps it below the total.</param>
/// <param name="Total">Bytes in all, or null when unknown.</param>
public sealed record BridgeProgress(DestinationAddress SidHash, long Sent, long? Total = null)
{
    /// <summary>Reads <c>progress</c>; on false <paramref name="error"/> answers it.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out BridgeProgress? progress, [NotNullWhen(false)] out StanzaError? error)
    {
        progress = null;
        error = null;
        if (!element.Is(Namespaces.HttpBridge, "progress")) error = BridgeErrors.BadRequest("not a progress");
        else if (!DestinationAddress.TryParse(element.Attribute("sidhash"), out var hash)) error = BridgeErrors.BadRequest("sidhash is not 40 hexadecimal digits");
        else if (!ByteCount.TryParse(element.Attribute("total"), out var total)) error = BridgeErrors.BadRequest("total is no number of bytes");
        else if (!ByteCount.TryParse(element.Attribute("sent"), out var sent) || sent is null) error = BridgeErrors.BadRequest("sent is no number of bytes");
        else progress = new BridgeProgress(hash, sent.Value, total);
        return progress is not null;
    }

    public Element ToElement() => new(
        Namespaces.HttpBridge,
        "progress",
        ("sidhash", SidHash.Value),
        ("total", ByteCount.Write(Total)),
        ("sent", ByteCount.Write(Sent)));
}
