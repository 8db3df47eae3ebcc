using System.Globalization;
using System.Net;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Configuration;

/// <summary>Reads the texts of settings. A problem says what would be right, ready to be put after the text.</summary>
internal static class SettingTexts
{
    private const int MaxSeconds = 7 * 24 * 3600;

    private static readonly string[] On = ["1", "true", "yes", "on"];
    private static readonly string[] Off = ["0", "false", "no", "off"];

    public static Reading<string> Any(string text) =>
        text.Length > 0 ? text : Reading<string>.Bad("is empty; leave it out or give a value");

    public static Reading<bool> Switch(string text) =>
        On.Contains(text, StringComparer.OrdinalIgnoreCase) ? true
        : Off.Contains(text, StringComparer.OrdinalIgnoreCase) ? false
        : Reading<bool>.Bad("is neither yes nor no (1, true, 0 or false)");

    /// <summary>An account or a peer: a name, a domain and maybe a resource.</summary>
    public static Reading<Jid> Account(string text) =>
        Jid.TryParse(text, out var jid) && jid.Local is not null ? jid : Reading<Jid>.Bad("is not an account (name@example.org or name@example.org/resource)");

    public static Reading<Jid> BareAccount(string text) =>
        Jid.TryParse(text, out var jid) && jid is { Local: not null, Resource: null } ? jid : Reading<Jid>.Bad("is not an account (name@example.org)");

    /// <summary>Whom to trust: also a whole domain.</summary>
    public static Reading<Jid> Peer(string text) =>
        Jid.TryParse(text, out var jid) ? jid : Reading<Jid>.Bad("is not an XMPP address (name@example.org, or a domain)");

    /// <summary>A service of a server: a domain as a rule.</summary>
    public static Reading<Jid> Service(string text) =>
        Jid.TryParse(text, out var jid) ? jid : Reading<Jid>.Bad("is not a service's XMPP address (proxy.example.org)");

    public static Reading<string> Domain(string text) =>
        Jid.TryParse(text, out var jid) && jid is { Local: null, Resource: null } ? jid.Domain : Reading<string>.Bad("is not a domain (localhost, example.org)");

    /// <summary><c>[xmpp:|xmpps:]HOST:PORT</c>, an IPv6 host in brackets.</summary>
    public static Reading<string> Server(string text)
    {
        var address = text.StartsWith("xmpps:", StringComparison.Ordinal) ? text[6..] : text.StartsWith("xmpp:", StringComparison.Ordinal) ? text[5..] : text;
        return IsHostAndPort(address, portNeeded: true) ? text : Reading<string>.Bad("is not a server ([xmpp:|xmpps:]HOST:PORT, for example xmpp.example.org:5222 or [::1]:5222)");
    }

    /// <summary><c>HOST[:PORT]</c>.</summary>
    public static Reading<string> Advertised(string text) =>
        IsHostAndPort(text, portNeeded: false) ? text : Reading<string>.Bad("is not a place to connect to (HOST or HOST:PORT, for example files.example.org:7777 or [2001:db8::1]:7777)");

    /// <summary>SHA-256 in hexadecimal, with or without colons as OpenSSL prints it.</summary>
    public static Reading<string> Pin(string text)
    {
        var digits = text.Replace(":", "", StringComparison.Ordinal);
        return digits.Length == 64 && digits.All(char.IsAsciiHexDigit)
            ? digits.ToLowerInvariant()
            : Reading<string>.Bad("is not a certificate's SHA-256 (64 hexadecimal digits; 'ferry up' prints its own)");
    }

    public static Reading<IPAddress> LocalAddress(string text) =>
        IPAddress.TryParse(text, out var address) && (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork || text.Count(c => c == '.') == 3)
            ? address
            : Reading<IPAddress>.Bad("is not an IP address of this machine (192.0.2.7, ::1)");

    /// <summary><c>A-B</c> or <c>A</c>, ends included.</summary>
    public static Reading<(int First, int Last)> PortRange(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var first = dash < 0 ? text : text[..dash];
        var last = dash < 0 ? text : text[(dash + 1)..];
        return IsPort(first, out var from) && IsPort(last, out var to) && from <= to
            ? (from, to)
            : Reading<(int, int)>.Bad("is not a range of ports (A-B, from 1 to 65535, for example 7000-7010)");
    }

    public static Reading<int> Port(string text) =>
        IsPort(text, out var port) ? port : Reading<int>.Bad("is not a port (1 to 65535)");

    /// <summary>Seconds, fractions allowed, above zero and up to a week.</summary>
    public static Reading<TimeSpan> Seconds(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0.001 and <= MaxSeconds
            ? TimeSpan.FromSeconds(seconds)
            : Reading<TimeSpan>.Bad("is not a time in seconds (above 0, for example 30 or 2.5)");

    public static Reading<int> Count(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1
            ? count
            : Reading<int>.Bad("is not a number of files (1 or more)");

    /// <summary>A number of bytes, also in units of 1024: <c>500M</c>.</summary>
    public static Reading<long> Bytes(string text)
    {
        const string Units = "KMGT";
        var unit = text.Length > 0 ? Units.IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal) : -1;
        var digits = unit < 0 ? text : text[..^1];
        var shift = 10 * (unit + 1);
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= long.MaxValue >> shift
            ? count << shift
            : Reading<long>.Bad("is not a number of bytes (for example 500000, 64K, 500M or 2G)");
    }

    /// <summary>One of a closed list, with the list in the problem.</summary>
    public static Func<string, Reading<string>> OneOf(string what, IReadOnlyList<string> known) =>
        text => known.Contains(text, StringComparer.Ordinal) ? text : Reading<string>.Bad($"is not {what} ({string.Join(", ", known)})");

    private static bool IsPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535;

    private static bool IsHostAndPort(string text, bool portNeeded)
    {
        var end = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) + 1 : text.IndexOf(':', StringComparison.Ordinal);
        if (end < 0) end = text.Length;
        if (text.StartsWith('[') && end == 0) return false;
        var host = text[..end];
        var rest = text[end..];
        return IsHost(host) && (rest.Length == 0 ? !portNeeded : rest[0] == ':' && IsPort(rest[1..], out _));
    }

    private static bool IsHost(string host) =>
        host.StartsWith('[')
            ? IPAddress.TryParse(host.AsSpan(1, Math.Max(0, host.Length - 2)), out _)
            : host.Length > 0 && Jid.TryParse(host, out var jid) && jid is { Local: null, Resource: null };
}
