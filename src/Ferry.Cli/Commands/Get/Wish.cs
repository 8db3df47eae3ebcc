using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;

namespace Ferry.Cli.Commands.Get;

/// <summary>One thing that <c>ferry get</c> is to ask for.</summary>
/// <param name="Text">A share path, or a bare name; of a hash: how it is written.</param>
/// <param name="Hash">Of the file, where it is asked for by that.</param>
internal sealed record Wish(string Text, FileHash? Hash = null)
{
    /// <summary>A folder with all that is in it.</summary>
    public bool IsFolder => Hash is null && Text.EndsWith('/');

    /// <summary>A file by its hash.</summary>
    public static Wish Of(FileHash hash) => new($"{hash.Algorithm}:{hash.Hex}", hash);

    /// <summary>
    /// Reads a word: <c>ALGORITHM:HEX</c> and 64 hexadecimal digits are a hash, everything else is a path. So a file whose bare name looks like a hash is asked for with its
    /// folder: nobody gets a file that is called like a hash in the place of one that has it.
    /// </summary>
    public static (Wish? Wish, string? Problem) Read(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var hex = text[(colon + 1)..].ToLowerInvariant();
        var isHash = hex.All(char.IsAsciiHexDigit) && (colon < 0 ? hex.Length == 2 * HashFunction.Sha256.Bytes : hex.Length > 0 && IsAlgorithm(text[..colon]));
        if (!isHash)
        {
            return SharePath.IsValid(text.EndsWith('/') ? text[..^1] : text)
                ? (new Wish(text), null)
                : (null, $"'{text}' is no path of a shared file (SHARE/folder/name, without '.' and '..')");
        }

        var function = colon < 0 ? HashFunction.Sha256 : Find(text[..colon]);
        if (function is null) return (null, $"'{text}': files cannot be told by {text[..colon]} here, only by {string.Join(", ", HashFunction.Supported)}");
        if (hex.Length != 2 * function.Bytes) return (null, $"'{text}' is no hash: {function} has {2 * function.Bytes} hexadecimal digits");
        return (Of(new FileHash(function.Name, hex)), null);
    }

    private static bool IsAlgorithm(string name) =>
        name.StartsWith("sha", StringComparison.OrdinalIgnoreCase) || name.StartsWith("blake2", StringComparison.OrdinalIgnoreCase) || name.Equals("md5", StringComparison.OrdinalIgnoreCase);

    // Many write sha256.
    private static HashFunction? Find(string name)
    {
        var lower = name.ToLowerInvariant();
        return HashFunction.Find(lower) ?? (lower.StartsWith("sha", StringComparison.Ordinal) ? HashFunction.Find("sha-" + lower[3..]) : null);
    }
}
