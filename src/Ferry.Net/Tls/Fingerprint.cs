using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Ferry.Net.Tls;

/// <summary>SHA-256 of a certificate's DER, as 64 lower-case hexadecimal digits.</summary>
public static class Fingerprint
{
    private const int Digits = 64;

    /// <summary>The fingerprint.</summary>
    public static string Of(ReadOnlySpan<byte> der) => Convert.ToHexStringLower(SHA256.HashData(der));

    /// <summary>Reads one as people paste it: either case, with or without colons and spaces.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out string? fingerprint)
    {
        var digits = text.Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        fingerprint = digits.Length == Digits && digits.All(char.IsAsciiHexDigit) ? digits.ToLowerInvariant() : null;
        return fingerprint is not null;
    }
}
