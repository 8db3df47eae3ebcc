using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ferry.Protocol.Sasl;

/// <summary>The text inside <c>&lt;auth/&gt;</c>, <c>&lt;challenge/&gt;</c>, <c>&lt;response/&gt;</c> and <c>&lt;success/&gt;</c> (RFC 6120 §6.4).</summary>
public static class SaslPayload
{
    /// <summary>The longest payload taken, in base64 characters.</summary>
    public const int MaxLength = 8192;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Base64 of the UTF-8 text; <c>=</c> stands for an empty message.</summary>
    public static string Encode(string message) =>
        message.Length == 0 ? "=" : Convert.ToBase64String(Encoding.UTF8.GetBytes(message));

    /// <summary>Reads a payload; false when it is too long, no base64 or no UTF-8. An empty one and <c>=</c> are the empty message.</summary>
    public static bool TryDecode(string payload, [NotNullWhen(true)] out string? message)
    {
        message = null;
        var text = payload.AsSpan().Trim();
        if (text.Length > MaxLength)
            return false;
        if (text.IsEmpty || text is "=")
        {
            message = "";
            return true;
        }

        var bytes = new byte[text.Length / 4 * 3 + 3];
        if (!Convert.TryFromBase64Chars(text, bytes, out var length))
            return false;

        try
        {
            message = Strict.GetString(bytes, 0, length);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
