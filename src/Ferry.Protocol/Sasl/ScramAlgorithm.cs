using System.Security.Cryptography;
using System.Text;

namespace Ferry.Protocol.Sasl;

/// <summary>The functions of RFC 5802 §2.2 and §3 for one hash.</summary>
internal sealed class ScramAlgorithm
{
    private static readonly ScramAlgorithm[] All =
    [
        new(ScramHash.Sha1, HashAlgorithmName.SHA1, 20, "SHA-1"),
        new(ScramHash.Sha256, HashAlgorithmName.SHA256, 32, "SHA-256"),
        new(ScramHash.Sha512, HashAlgorithmName.SHA512, 64, "SHA-512"),
    ];

    private readonly HashAlgorithmName _name;

    private ScramAlgorithm(ScramHash hash, HashAlgorithmName name, int size, string label)
    {
        Hash = hash;
        _name = name;
        Size = size;
        Label = label;
    }

    public ScramHash Hash { get; }

    /// <summary>Bytes in a hash.</summary>
    public int Size { get; }

    /// <summary>As mechanism names spell it.</summary>
    public string Label { get; }

    public static ScramAlgorithm Of(ScramHash hash) => All[(int)hash];

    public byte[] Digest(ReadOnlySpan<byte> data) => CryptographicOperations.HashData(_name, data);

    public byte[] Hmac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data) => CryptographicOperations.HmacData(_name, key, data);

    public byte[] Hmac(ReadOnlySpan<byte> key, string text) => Hmac(key, Encoding.UTF8.GetBytes(text));

    public byte[] ClientKey(byte[] saltedPassword) => Hmac(saltedPassword, "Client Key");

    public byte[] ServerKey(byte[] saltedPassword) => Hmac(saltedPassword, "Server Key");

    /// <summary>Hi(): the password must have passed SASLprep.</summary>
    public byte[] SaltedPassword(string prepared, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(prepared), salt, iterations, _name, Size);

    public static byte[] Xor(byte[] left, byte[] right)
    {
        var result = new byte[left.Length];
        for (var i = 0; i < result.Length; i++)
            result[i] = (byte)(left[i] ^ right[i]);
        return result;
    }
}
