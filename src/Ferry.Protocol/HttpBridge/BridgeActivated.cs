using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.HttpBridge;

/// <summary>
/// Where the bytes go or come from: to the sender the result of its activation, to the receiver an iq set of its own that names the
/// stream (bs-proxy, steps I.2 and II.2). The URL is the whole authority over the transfer: never log it.
/// </summary>
/// <param name="Url">Absolute, http or https, without user information; at most <see cref="MaxUrlLength"/> characters as written.</param>
/// <param name="SidHash">Which stream, in the receiver's notice; null in the sender's result.</param>
public sealed record BridgeActivated(Uri Url, DestinationAddress? SidHash = null)
{
    /// <summary>In characters.</summary>
    public const int MaxUrlLength = 2048;

    /// <summary>Reads <c>activated</c>; on false <paramref name="error"/> answers it where it was an iq set.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out BridgeActivated? activated, [NotNullWhen(false)] out StanzaError? error)
    {
        activated = null;
        error = null;
        DestinationAddress? hash = null;
        if (!element.Is(Namespaces.HttpBridge, "activated")) error = BridgeErrors.BadRequest("not an activated");
        else if (element.Attribute("sidhash") is { } text && !DestinationAddress.TryParse(text, out hash)) error = BridgeErrors.BadRequest("sidhash is not 40 hexadecimal digits");
        else if (!TryUrl(element.Attribute("url"), out var url)) error = BridgeErrors.BadRequest("url is no http or https URL");
        else activated = new BridgeActivated(url, hash);
        return activated is not null;
    }

    public Element ToElement() => new(Namespaces.HttpBridge, "activated", ("sidhash", SidHash?.Value), ("url", Url.AbsoluteUri));

    private static bool TryUrl(string? text, [NotNullWhen(true)] out Uri? url)
    {
        url = null;
        return text is { Length: > 0 and <= MaxUrlLength }
            && Uri.TryCreate(text, UriKind.Absolute, out url)
            && url.Scheme is "http" or "https"
            && url.UserInfo.Length == 0;
    }
}
