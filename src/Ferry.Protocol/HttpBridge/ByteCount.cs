using System.Globalization;

namespace Ferry.Protocol.HttpBridge;

/// <summary>An attribute that counts bytes: 0 to 2^63-1 in decimal digits, or absent.</summary>
internal static class ByteCount
{
    /// <summary>False when there is text and it is no count; an absent one is null.</summary>
    public static bool TryParse(string? text, out long? bytes)
    {
        bytes = null;
        if (text is null) return true;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return false;
        bytes = value;
        return true;
    }

    public static string? Write(long? bytes) => bytes?.ToString(CultureInfo.InvariantCulture);
}
