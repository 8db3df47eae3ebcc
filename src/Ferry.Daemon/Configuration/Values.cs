using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Ferry.Protocol.Addressing;
using Microsoft.Extensions.Logging;

namespace Ferry.Daemon.Configuration;

/// <summary>Texts to values. What they are called for people stands with each key (<see cref="Key.Form"/>).</summary>
internal static class Values
{
    /// <summary>Turns a text into a value; false where it is none.</summary>
    public delegate bool TryParse<T>(string text, [NotNullWhen(true)] out T? value);

    private static readonly (string Suffix, double Factor)[] Sizes =
    [
        ("KIB", 1 << 10), ("MIB", 1 << 20), ("GIB", 1 << 30), ("TIB", 1L << 40), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1), ("", 1),
    ];

    private static readonly (string Suffix, double Seconds)[] Times = [("MS", 0.001), ("S", 1), ("M", 60), ("H", 3600), ("D", 86400), ("", 1)];

    public static bool EndPoint(string text, [NotNullWhen(true)] out IPEndPoint? value)
    {
        value = null;
        // Without a colon, or with several and no brackets, the parser would take the whole for an address.
        return (text.StartsWith('[') ? text.Contains("]:", StringComparison.Ordinal) : text.Count(c => c == ':') == 1) && IPEndPoint.TryParse(text, out value);
    }

    /// <summary>A name or an address, and a port; <c>[…]</c> around IPv6.</summary>
    public static bool HostPort(string text, [NotNullWhen(true)] out DnsEndPoint? value)
    {
        value = null;
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535) return false;
        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        else if (host.Contains(':', StringComparison.Ordinal)) return false;
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown) return false;
        value = new DnsEndPoint(host, port);
        return true;
    }

    /// <summary>As <see cref="HostPort"/>, the port 0 where none is said.</summary>
    public static bool HostMaybePort(string text, [NotNullWhen(true)] out DnsEndPoint? value)
    {
        if (HostPort(text, out value)) return true;
        var host = text.StartsWith('[') && text.EndsWith(']') ? text[1..^1] : text;
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown) return false;
        value = new DnsEndPoint(host, 0);
        return true;
    }

    public static bool Domain(string text, [NotNullWhen(true)] out Jid? value) => Jid.TryParse(text, out value) && value is { Local: null, IsFull: false };

    /// <summary>A domain or a bare JID.</summary>
    public static bool Address(string text, [NotNullWhen(true)] out Jid? value) => Jid.TryParse(text, out value) && !value.IsFull;

    public static bool Text(string text, [NotNullWhen(true)] out string? value)
    {
        value = text;
        return text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal);
    }

    public static bool Url(string text, [NotNullWhen(true)] out Uri? value) =>
        Uri.TryCreate(text, UriKind.Absolute, out value) && value.Scheme is "http" or "https" && value is { Query: "", Fragment: "", UserInfo: "" };

    /// <summary>A web page's origin: scheme, host, and the port where it isn't the scheme's; as browsers write it (RFC 6454 section 6.2).</summary>
    public static bool Origin(string text, [NotNullWhen(true)] out string? value)
    {
        value = null;
        if (!Url(text, out var url) || url.AbsolutePath != "/") return false;
        var host = url.HostNameType == UriHostNameType.IPv6 ? url.Host : url.IdnHost;
        value = string.Create(CultureInfo.InvariantCulture, $"{url.Scheme}://{host}{(url.IsDefaultPort ? "" : $":{url.Port}")}");
        return true;
    }

    public static bool Count(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= 1;

    /// <summary>A number of bytes, 1 at least.</summary>
    public static bool Bytes(string text, out long value)
    {
        value = 0;
        if (!TryScale(text, Sizes, out var number) || number is < 1 or > 1e18) return false;
        value = (long)number;
        return true;
    }

    /// <summary>A time from a millisecond to a year.</summary>
    public static bool Duration(string text, out TimeSpan value)
    {
        value = default;
        if (!TryScale(text, Times, out var seconds) || seconds is < 0.001 or > 366 * 86400d) return false;
        value = TimeSpan.FromSeconds(seconds);
        return true;
    }

    /// <summary>A time up to a day; nothing at all, too.</summary>
    public static bool Grace(string text, out TimeSpan value)
    {
        value = default;
        return text.Trim() is "0" or "0s" || (Duration(text, out value) && value <= TimeSpan.FromDays(1));
    }

    public static bool YesNo(string text, out bool value)
    {
        value = text.ToUpperInvariant() is "YES" or "TRUE" or "ON";
        return value || text.ToUpperInvariant() is "NO" or "FALSE" or "OFF";
    }

    public static bool Format(string text, out LogFormat value)
    {
        value = text.Equals("json", StringComparison.OrdinalIgnoreCase) ? LogFormat.Json : LogFormat.Text;
        return value == LogFormat.Json || text.Equals("text", StringComparison.OrdinalIgnoreCase);
    }

    public static bool Level(string text, out LogLevel value)
    {
        value = text.ToUpperInvariant() switch
        {
            "DEBUG" => LogLevel.Debug,
            "INFORMATION" or "INFO" => LogLevel.Information,
            "WARNING" => LogLevel.Warning,
            "ERROR" => LogLevel.Error,
            _ => LogLevel.None,
        };
        return value != LogLevel.None;
    }

    private static bool TryScale(string text, (string Suffix, double Factor)[] units, out double value)
    {
        value = 0;
        var trimmed = text.Trim().ToUpperInvariant();
        foreach (var (suffix, factor) in units)
        {
            if (!trimmed.EndsWith(suffix, StringComparison.Ordinal)) continue;
            var number = trimmed[..^suffix.Length].TrimEnd();
            if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value)) continue;
            value *= factor;
            return true;
        }

        return false;
    }
}
