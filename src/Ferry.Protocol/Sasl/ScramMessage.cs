using System.Diagnostics.CodeAnalysis;

namespace Ferry.Protocol.Sasl;

/// <summary>The comma-separated attributes of a SCRAM message (RFC 5802 §5.1, §7).</summary>
internal static class ScramMessage
{
    /// <summary>The longest message taken, in UTF-16 units.</summary>
    public const int MaxLength = 4096;

    private const int MaxAttributes = 32;

    /// <summary>Splits <c>a=…,b=…</c> in order; null when too long, too many, or one is not a letter, <c>=</c> and a value.</summary>
    public static List<(char Name, string Value)>? Split(string message)
    {
        if (message.Length is 0 or > MaxLength || message.Contains('\0'))
            return null;

        var attributes = new List<(char, string)>();
        foreach (var part in message.Split(',', MaxAttributes + 1))
        {
            if (attributes.Count == MaxAttributes || part.Length < 2 || !char.IsAsciiLetter(part[0]) || part[1] != '=')
                return null;
            attributes.Add((part[0], part[2..]));
        }

        return attributes;
    }

    /// <summary>The value of the first attribute of that name at or after <paramref name="from"/>.</summary>
    public static string? Find(this List<(char Name, string Value)> attributes, char name, int from = 0)
    {
        for (var i = from; i < attributes.Count; i++)
        {
            if (attributes[i].Name == name)
                return attributes[i].Value;
        }

        return null;
    }

    /// <summary>A nonce is printable ASCII without a comma.</summary>
    public static bool IsNonce(string text) => text.Length > 0 && text.All(c => c is > ' ' and <= '~' and not ',');

    public static bool TryBase64(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        var buffer = new byte[text.Length];
        if (text.Any(char.IsWhiteSpace) || !Convert.TryFromBase64String(text, buffer, out var length))
        {
            bytes = null;
            return false;
        }

        bytes = buffer[..length];
        return true;
    }

    /// <summary>RFC 5802 §5.1: <c>=</c> and <c>,</c> in a name.</summary>
    public static string EscapeName(string name) =>
        name.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);

    /// <summary>The reverse; null when an <c>=</c> is followed by anything else.</summary>
    public static string? UnescapeName(string text)
    {
        var name = text.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "\0", StringComparison.Ordinal);
        return name.Contains('=') ? null : name.Replace('\0', '=');
    }
}
