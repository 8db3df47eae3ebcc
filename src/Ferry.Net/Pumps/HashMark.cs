namespace Ferry.Net.Pumps;

/// <summary>The SHA-256 of a file's beginning.</summary>
/// <param name="Bytes">How many bytes, from the start.</param>
/// <param name="Sha256">32 bytes.</param>
public sealed record HashMark(long Bytes, byte[] Sha256)
{
    /// <summary>Of nothing.</summary>
    public static HashMark Empty { get; } = new(0, System.Security.Cryptography.SHA256.HashData([]));
}
