using System.Diagnostics.CodeAnalysis;
using System.Text;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Hashes;

/// <summary>A hash of a whole file or of its beginning (XEP-0300 section 2).</summary>
/// <param name="Algorithm">Its name in IANA's registry, in lower case: <c>sha-256</c>.</param>
/// <param name="Hex">The value in lower-case hexadecimal.</param>
public sealed record FileHash(string Algorithm, string Hex)
{
    /// <summary>The one that Ferry makes.</summary>
    public const string Sha256Name = "sha-256";

    /// <summary>Hashes of one file that are read; the rest is ignored.</summary>
    public const int Most = 8;

    private const int MostNameLength = 32;
    private const int MostBytes = 64;

    /// <summary>The function, or null where it is not supported here.</summary>
    public HashFunction? Function => HashFunction.Find(Algorithm);

    /// <summary>A SHA-256 of 64 hexadecimal digits.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static FileHash Sha256(string hex) => hex is { Length: 64 } && hex.All(char.IsAsciiHexDigit)
        ? new FileHash(Sha256Name, hex.ToLowerInvariant())
        : throw new ArgumentException("not a SHA-256 in hexadecimal", nameof(hex));

    /// <summary>A digest of that function's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It has another length.</exception>
    public static FileHash Of(HashFunction function, ReadOnlySpan<byte> digest)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(digest.Length, function.Bytes);
        return new FileHash(function.Name, Convert.ToHexStringLower(digest));
    }

    /// <summary>
    /// Reads <c>hash</c>. False: no algorithm, no Base64, or a length that this algorithm does not have. Libervia writes Base64 of the hexadecimal digits
    /// instead of the bytes: read, too, since no digest is twice as long as itself.
    /// </summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out FileHash? hash)
    {
        hash = null;
        if (!element.Is(Namespaces.Hashes, "hash")) return false;
        if (element.Attribute("algo")?.Trim().ToLowerInvariant() is not { Length: > 0 and <= MostNameLength } algorithm) return false;
        if (element.TextLength > 4 * MostBytes) return false;
        Span<byte> value = stackalloc byte[4 * MostBytes];
        if (!Convert.TryFromBase64String(element.Text.Trim(), value, out var length) || length == 0) return false;
        if (length <= MostBytes && Fits(algorithm, length)) hash = new FileHash(algorithm, Convert.ToHexStringLower(value[..length]));
        else if (HashFunction.Find(algorithm)?.Bytes * 2 == length && Encoding.ASCII.GetString(value[..length]) is var digits && digits.All(char.IsAsciiHexDigit)) hash = new FileHash(algorithm, digits.ToLowerInvariant());
        return hash is not null;
    }

    /// <summary>The readable ones among an element's children, at most <see cref="Most"/>, of each algorithm the first.</summary>
    public static IReadOnlyList<FileHash> ReadAll(Element parent) =>
    [
        .. parent.ChildrenNamed(Namespaces.Hashes, "hash")
            .Select(child => TryParse(child, out var hash) ? hash : null)
            .OfType<FileHash>()
            .DistinctBy(hash => hash.Algorithm, StringComparer.Ordinal)
            .Take(Most),
    ];

    public Element ToElement() => new(Namespaces.Hashes, "hash", ("algo", Algorithm), Convert.ToBase64String(Convert.FromHexString(Hex)));

    /// <summary>As Libervia writes and reads it: Base64 of the hexadecimal digits.</summary>
    public Element ToElementOfDigits() => new(Namespaces.Hashes, "hash", ("algo", Algorithm), Convert.ToBase64String(Encoding.ASCII.GetBytes(Hex)));

    public override string ToString() => $"{Algorithm} {Hex}";

    private static bool Fits(string algorithm, int bytes) => algorithm switch
    {
        "md5" => bytes == 16,
        "sha-1" => bytes == 20,
        "sha-256" or "sha3-256" => bytes == 32,
        "sha-512" or "sha3-512" => bytes == 64,
        _ => true,
    };
}
