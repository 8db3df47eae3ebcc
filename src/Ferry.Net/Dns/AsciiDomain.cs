using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Ferry.Net.Dns;

/// <summary>The form of a domain for DNS, SNI and certificates: A-labels, lower case, no closing dot (RFC 5890).</summary>
internal static class AsciiDomain
{
    public static bool TryGet(string domain, [NotNullWhen(true)] out string? ascii)
    {
        ascii = null;
        try
        {
            ascii = new IdnMapping { UseStd3AsciiRules = true }.GetAscii(domain.TrimEnd('.')).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
        }

        return ascii is not null;
    }
}
