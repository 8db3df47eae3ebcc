using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Ferry.Protocol.HttpBridge;

/// <summary>A parameter's value in any script: <c>UTF-8''%e2%82%ac.txt</c> (RFC 8187, before it RFC 5987).</summary>
internal static class ExtendedValue
{
    private static readonly SearchValues<byte> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`|~"u8);

    public static string Write(string text)
    {
        var result = new StringBuilder("UTF-8''");
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            if (Plain.Contains(octet)) result.Append((char)octet);
            else result.Append('%').Append(Convert.ToHexString([octet]));
        }

        return result.ToString();
    }

    /// <summary>Reads UTF-8 and ISO-8859-1; false for other charsets and for what is not percent-encoded as it should be.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out string? value)
    {
        value = null;
        if (text?.Split('\'') is not [var charset, _, var encoded] || !TryDecode(encoded, out var octets)) return false;
        if (charset.Equals("UTF-8", StringComparison.OrdinalIgnoreCase) && Utf8.IsValid(octets)) value = Encoding.UTF8.GetString(octets);
        else if (charset.Equals("ISO-8859-1", StringComparison.OrdinalIgnoreCase)) value = Encoding.Latin1.GetString(octets);
        return value is not null;
    }

    private static bool TryDecode(string encoded, out byte[] octets)
    {
        octets = [];
        var decoded = new ArrayBufferWriter<byte>(Math.Max(1, encoded.Length));
        for (var i = 0; i < encoded.Length; i++)
        {
            var c = encoded[i];
            if (c == '%')
            {
                if (i + 2 >= encoded.Length || !char.IsAsciiHexDigit(encoded[i + 1]) || !char.IsAsciiHexDigit(encoded[i + 2])) return false;
                decoded.Write(Convert.FromHexString(encoded.AsSpan(i + 1, 2)));
                i += 2;
            }
            else if (char.IsAscii(c) && Plain.Contains((byte)c)) decoded.Write([(byte)c]);
            else return false;
        }

        octets = decoded.WrittenSpan.ToArray();
        return true;
    }
}
