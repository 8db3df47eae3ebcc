using System.Security.Cryptography;

namespace Ferry.Protocol.Hashes;

/// <summary>
/// A hash function by its name in XMPP (XEP-0300 section 4). BLAKE2b is left out: neither the framework nor a package that can be restored has it.
/// </summary>
/// <param name="Name">The <c>algo</c> on the wire.</param>
/// <param name="Bytes">Length of a digest.</param>
/// <param name="Algorithm">The framework's name.</param>
public sealed record HashFunction(string Name, int Bytes, HashAlgorithmName Algorithm)
{
    /// <summary>The one that everybody has, and ours.</summary>
    public static HashFunction Sha256 { get; } = new("sha-256", 32, HashAlgorithmName.SHA256);

    private static readonly HashFunction[] Known =
    [
        Sha256,
        new("sha-512", 64, HashAlgorithmName.SHA512),
        new("sha3-256", 32, HashAlgorithmName.SHA3_256),
        new("sha3-512", 64, HashAlgorithmName.SHA3_512),
        new("sha-1", 20, HashAlgorithmName.SHA1),
    ];

    /// <summary>
    /// Those that can be computed here, the best to prove something first; SHA-1 last, which proves little. SHA-3 only where the system's library has it.
    /// </summary>
    public static IReadOnlyList<HashFunction> Supported { get; } = [.. Known.Where(IsThere)];

    /// <summary>The features that say so (XEP-0300 section 5).</summary>
    public static IReadOnlyList<string> Features { get; } = [Namespaces.Hashes, .. Supported.Select(function => Namespaces.HashFunctions + function.Name)];

    /// <summary>The function of that name, or null where it is not known or not supported here. MD5 is no proof and not among them.</summary>
    public static HashFunction? Find(string? name) => Supported.FirstOrDefault(function => function.Name == name);

    public override string ToString() => Name;

    private static bool IsThere(HashFunction function) => function.Name switch
    {
        "sha3-256" => SHA3_256.IsSupported,
        "sha3-512" => SHA3_512.IsSupported,
        _ => true,
    };
}
