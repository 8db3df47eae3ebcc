using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Ferry.Protocol.Socks5;

/// <summary>
/// The SOCKS5 "destination" of a bytestream (XEP-0065 §5.3.2): 40 hexadecimal digits that both ends compute or that the
/// offer's <c>dstaddr</c> names. Kept in lower case; two that differ only in case are equal.
/// </summary>
public sealed record DestinationAddress
{
    /// <summary>Length in ASCII characters.</summary>
    public const int Length = 40;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdefABCDEF");

    private DestinationAddress(string value) => Value = value;

    /// <summary>The 40 digits in lower case.</summary>
    public string Value { get; }

    /// <summary>
    /// SHA-1 over stream id, requester and target, each as it stands in the exchange. The JIDs must be normalised already:
    /// local and domain part folded, resource as it is.
    /// </summary>
    public static DestinationAddress Compute(string sid, string requester, string target)
    {
        byte[] digest = SHA1.HashData(Encoding.UTF8.GetBytes(sid + requester + target));
        return new DestinationAddress(Convert.ToHexStringLower(digest));
    }

    /// <summary>
    /// The same over Latin-1, in which characters beyond it are question marks: what QXmpp computes. Differs from <see cref="Compute"/> only where
    /// one of the three is not ASCII.
    /// </summary>
    public static DestinationAddress ComputeLatin1(string sid, string requester, string target) =>
        new(Convert.ToHexStringLower(SHA1.HashData([.. (sid + requester + target).Select(c => c <= '\u00FF' ? (byte)c : (byte)'?')])));

    /// <summary>Reads 40 hexadecimal digits of either case, such as a <c>dstaddr</c> attribute.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out DestinationAddress? address)
    {
        bool wellFormed = text is { Length: Length } && !text.AsSpan().ContainsAnyExcept(Digits);
        address = wellFormed ? new DestinationAddress(text!.ToLowerInvariant()) : null;
        return wellFormed;
    }

    /// <summary>Reads the bytes of a SOCKS5 domain name.</summary>
    public static bool TryParse(ReadOnlySpan<byte> ascii, [NotNullWhen(true)] out DestinationAddress? address)
    {
        address = null;
        return ascii.Length == Length && TryParse(Encoding.Latin1.GetString(ascii), out address);
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}
