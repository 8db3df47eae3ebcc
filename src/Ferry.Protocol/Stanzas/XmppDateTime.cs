using System.Globalization;

namespace Ferry.Protocol.Stanzas;

/// <summary>Dates on the wire (XEP-0082 section 3.1), and what clients make of them.</summary>
public static class XmppDateTime
{
    private static readonly string[] Formats = ["yyyy-MM-ddTHH:mm:ss", "yyyyMMddTHH:mm:ss"];

    /// <summary>
    /// The date in UTC, with milliseconds where it has any: <c>2026-01-05T10:00:00Z</c>, <c>2026-01-05T10:00:00.123Z</c> (as QXmpp writes it). They
    /// tell two versions of one second apart.
    /// </summary>
    public static string Format(DateTimeOffset date) => date.UtcDateTime.ToString(
        date.Millisecond == 0 ? "yyyy-MM-ddTHH:mm:ssZ" : "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary>
    /// Reads a date, in UTC, or null. Takes fractions of any length, <c>Z</c>, an offset, both of them (seen from Gajim), neither (UTC), and
    /// the form of before XEP-0082 (XEP-0091).
    /// </summary>
    public static DateTimeOffset? Parse(string? text)
    {
        var rest = text.AsSpan().Trim();
        if (rest is [.., 'Z' or 'z']) rest = rest[..^1];
        if (!TakeOffset(ref rest, out var offset) || !TakeFraction(ref rest, out var fraction)) return null;
        if (!DateTime.TryParseExact(rest, Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return null;
        var ticks = date.Ticks + fraction - offset.Ticks;
        return ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
    }

    // "+01:00" or "-01:00" at the end; none is UTC.
    private static bool TakeOffset(ref ReadOnlySpan<char> rest, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (rest.Length < 6 || rest[^6] is not ('+' or '-') || rest[^3] != ':') return true;
        if (!int.TryParse(rest[^5..^3], NumberStyles.None, CultureInfo.InvariantCulture, out var hours) || hours > 14) return false;
        if (!int.TryParse(rest[^2..], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) || minutes > 59) return false;
        offset = new TimeSpan(hours, minutes, 0);
        if (rest[^6] == '-') offset = -offset;
        rest = rest[..^6];
        return true;
    }

    private static bool TakeFraction(ref ReadOnlySpan<char> rest, out long ticks)
    {
        ticks = 0;
        var dot = rest.LastIndexOf('.');
        if (dot < 0) return true;
        var unit = TimeSpan.TicksPerSecond;
        foreach (var c in rest[(dot + 1)..])
        {
            if (!char.IsAsciiDigit(c)) return false;
            unit /= 10;
            ticks += (c - '0') * unit;
        }

        var any = dot + 1 < rest.Length;
        rest = rest[..dot];
        return any;
    }
}
