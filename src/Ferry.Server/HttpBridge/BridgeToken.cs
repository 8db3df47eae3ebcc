using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Ferry.Server.HttpBridge;

/// <summary>
/// The last part of an upload's or a download's URL, which is the whole authority over it: 192 random bits. Kept only as its SHA-256, so that looking
/// one up takes as long for a near guess as for a far one, and nothing that is dumped or logged opens anything.
/// </summary>
internal static class BridgeToken
{
    /// <summary>In characters.</summary>
    public const int Length = 32;

    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));

    /// <summary>What it is known by.</summary>
    public static string Digest(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
