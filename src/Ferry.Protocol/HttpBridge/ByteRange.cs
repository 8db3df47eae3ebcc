using System.Globalization;

namespace Ferry.Protocol.HttpBridge;

/// <summary>What a request's <c>Range</c> (RFC 9110 section 14.2) asks for of a file whose size is known.</summary>
/// <param name="Kind">Whether anything of the header counts.</param>
/// <param name="From">The first byte; 0 where the whole is sent.</param>
/// <param name="Length">In bytes, of what is sent; 0 where nothing can be.</param>
public readonly record struct ByteRange(ByteRangeKind Kind, long From, long Length)
{
    private const string Unit = "bytes=";

    /// <summary>Digits of a number; more than any size has.</summary>
    private const int MaxDigits = 18;

    /// <summary>The byte behind the last one.</summary>
    public long End => From + Length;

    /// <summary>
    /// Reads the header. What is none, or asks for several parts at once, is as if it were not there: the whole file is a right answer to every range.
    /// </summary>
    /// <param name="header">Its value; null where there is none.</param>
    /// <param name="size">Of the file in bytes, from 0 on.</param>
    public static ByteRange Of(string? header, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        var whole = new ByteRange(ByteRangeKind.Whole, 0, size);
        if (header is null || !header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
        {
            return whole;
        }

        ReadOnlySpan<char> text = header.AsSpan(Unit.Length).Trim(" \t");
        int dash = text.IndexOf('-');
        if (dash < 0 || !TryNumber(text[..dash], out long? first) || !TryNumber(text[(dash + 1)..], out long? last) || (first is null && last is null) || last < first)
        {
            return whole;
        }

        long from = first ?? size - Math.Min(last!.Value, size);
        long end = first is null || last is null ? size : Math.Min(last.Value, size - 1) + 1;
        return from < size && end > from ? new ByteRange(ByteRangeKind.Part, from, end - from) : new ByteRange(ByteRangeKind.Unsatisfiable, 0, 0);
    }

    // Nothing is a number that isn't there, and a longer one than any size is as good as the longest.
    private static bool TryNumber(ReadOnlySpan<char> text, out long? value)
    {
        value = null;
        if (text.IsEmpty)
        {
            return true;
        }

        if (text.IndexOfAnyExceptInRange('0', '9') >= 0)
        {
            return false;
        }

        ReadOnlySpan<char> digits = text.TrimStart('0');
        value = digits.IsEmpty ? 0 : digits.Length > MaxDigits ? long.MaxValue - 1 : long.Parse(digits, CultureInfo.InvariantCulture);
        return true;
    }
}
