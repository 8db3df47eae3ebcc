using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Socks5;

/// <summary>Where a SOCKS5 bytestream may be fetched (XEP-0065 section 4). Whoever names it is not trusted: judge it before dialling.</summary>
/// <param name="Jid">The requester itself, or a proxy.</param>
/// <param name="Host">An IPv4 or IPv6 address without brackets, or a DNS name; at most 255 characters.</param>
/// <param name="Port">1–65535.</param>
public sealed record Streamhost(Jid Jid, string Host, int Port)
{
    private const int DefaultPort = 1080;
    private const int MaxHostLength = 255;

    /// <summary>Reads <c>streamhost</c>; a missing port is 1080. False when address, host or port are unusable.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out Streamhost? streamhost) =>
        TryParse(element, Namespaces.Bytestreams, out streamhost);

    /// <summary>The same where another protocol has a <c>streamhost</c> of the same shape in a namespace of its own.</summary>
    public static bool TryParse(Element element, string ns, [NotNullWhen(true)] out Streamhost? streamhost)
    {
        streamhost = null;
        if (!element.Is(ns, "streamhost") || !Jid.TryParse(element.Attribute("jid"), out var jid)) return false;
        var host = element.Attribute("host")?.Trim() ?? "";
        if (host is ['[', .., ']']) host = host[1..^1];
        if (host.Length is 0 or > MaxHostLength || host.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))) return false;
        var port = DefaultPort;
        if (element.Attribute("port") is { } text && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port)) return false;
        if (port is < 1 or > 65535) return false;
        streamhost = new Streamhost(jid, host, port);
        return true;
    }

    public Element ToElement(string ns = Namespaces.Bytestreams) => new(
        ns,
        "streamhost",
        ("jid", Jid.ToString()),
        ("host", Host),
        ("port", Port.ToString(CultureInfo.InvariantCulture)));
}
