using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Ferry.Protocol.Dns;

/// <summary>Where to connect and how TLS begins there.</summary>
/// <param name="Host">Host name or IP address, without brackets.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="DirectTls">TLS from the first byte, else STARTTLS.</param>
public sealed record ServerTarget(string Host, int Port, bool DirectTls)
{
    private const string Direct = "xmpps:";
    private const string StartTls = "xmpp:";
    private const int MostRedirect = 300;

    /// <summary>Reads <c>[xmpp:|xmpps:]HOST:PORT</c>; an IPv6 address stands in brackets.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ServerTarget? target)
    {
        target = null;
        var direct = text.StartsWith(Direct, StringComparison.OrdinalIgnoreCase);
        var rest = direct ? text[Direct.Length..]
            : text.StartsWith(StartTls, StringComparison.OrdinalIgnoreCase) ? text[StartTls.Length..] : text;
        var colon = rest.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(rest[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) ||
            port is < 1 or > 65535)
        {
            return false;
        }

        var host = rest[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            if (!host.Contains(':') || !IPAddress.TryParse(host, out _))
                return false;
        }
        else if (host.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is ':' or '/' or '@' or '[' or ']'))
        {
            return false;
        }

        target = new ServerTarget(host, port, direct);
        return true;
    }

    /// <summary>
    /// Reads where a server sends its client: <c>HOST[:PORT]</c> (RFC 6120 section 4.9.3.19, XEP-0198 section 5). TLS begins there as it began here; without
    /// a port it is 5222, or 5223 for TLS from the first byte.
    /// </summary>
    public static bool TryParseRedirect(string? text, bool directTls, [NotNullWhen(true)] out ServerTarget? target)
    {
        target = null;
        var trimmed = text?.Trim() ?? "";
        if (trimmed.Length is 0 or > MostRedirect || trimmed.StartsWith(StartTls, StringComparison.OrdinalIgnoreCase) || trimmed.StartsWith(Direct, StringComparison.OrdinalIgnoreCase)) return false;
        if (!trimmed.StartsWith('[') && trimmed.Count(letter => letter == ':') > 1) trimmed = $"[{trimmed}]"; // an IPv6 address without its brackets
        var hasPort = !trimmed.EndsWith(']') && trimmed.Contains(':');

        if (!TryParse(hasPort ? trimmed : string.Create(CultureInfo.InvariantCulture, $"{trimmed}:{(directTls ? 5223 : 5222)}"), out var parsed)) return false;
        target = parsed with { DirectTls = directTls };
        return true;
    }

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(DirectTls ? Direct : "")}{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}");
}
