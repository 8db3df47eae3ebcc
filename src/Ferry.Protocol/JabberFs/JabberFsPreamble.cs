using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ferry.Protocol.JabberFs;

/// <summary>
/// What a connecting side writes first: <c>JFS1 </c>, the token of the listening side's stanza, a line feed; 49 to 70 bytes of ASCII. Nothing is answered. The
/// comparison, in constant time, is the listener's.
/// </summary>
public static class JabberFsPreamble
{
    /// <summary>In bytes, line feed included.</summary>
    public const int Shortest = 49, Longest = 70;

    /// <summary>Random bytes of a token of ours: 43 characters.</summary>
    public const int TokenBytes = 32;

    private const int FewestToken = 43, MostToken = 64;

    private static ReadOnlySpan<byte> Magic => "JFS1 "u8;

    /// <summary>A token from <see cref="TokenBytes"/> random bytes.</summary>
    public static string TokenOf(ReadOnlySpan<byte> random) => random.Length == TokenBytes
        ? Convert.ToBase64String(random).TrimEnd('=').Replace('+', '-').Replace('/', '_')
        : throw new ArgumentException($"a token is made of {TokenBytes} bytes", nameof(random));

    /// <summary>Whether this can be a token: 43 to 64 characters of Base64 for URLs.</summary>
    public static bool IsToken(string text) =>
        text.Length is >= FewestToken and <= MostToken && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>The bytes to write in one go.</summary>
    public static byte[] Write(string token) =>
        IsToken(token) ? [.. Magic, .. Encoding.ASCII.GetBytes(token), (byte)'\n'] : throw new ArgumentException("not a token", nameof(token));

    /// <summary>
    /// Looks at what has come so far. Reads nothing behind the line feed: <see cref="JabberFsPreambleRead.Length"/> bytes are the preamble's, the rest is the
    /// file's.
    /// </summary>
    public static JabberFsPreambleRead Read(ReadOnlySpan<byte> bytes)
    {
        var known = Math.Min(bytes.Length, Magic.Length);
        if (!bytes[..known].SequenceEqual(Magic[..known])) return JabberFsPreambleRead.None;
        var end = bytes[..Math.Min(bytes.Length, Longest)].IndexOf((byte)'\n');
        if (end < 0) return bytes.Length >= Longest || !AllToken(bytes[known..]) ? JabberFsPreambleRead.None : JabberFsPreambleRead.NeedMore;
        var token = bytes[Magic.Length..end];
        return token.Length is >= FewestToken and <= MostToken && AllToken(token)
            ? new JabberFsPreambleRead(Encoding.ASCII.GetString(token), end + 1)
            : JabberFsPreambleRead.None;
    }

    private static bool AllToken(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'-' or (byte)'_')) return false;
        }

        return true;
    }
}

/// <summary>What the first bytes of a connection are.</summary>
/// <param name="Token">The token, once it is there whole.</param>
/// <param name="Length">Bytes of the whole preamble; 0 while it is not whole, -1 when there is none.</param>
public readonly record struct JabberFsPreambleRead(string? Token, int Length)
{
    /// <summary>The beginning of a preamble: read on.</summary>
    public static JabberFsPreambleRead NeedMore { get; } = new(null, 0);

    /// <summary>No preamble, whatever comes.</summary>
    public static JabberFsPreambleRead None { get; } = new(null, -1);

    /// <summary>Whether it can be none any more.</summary>
    public bool IsNone => Length < 0;

    /// <summary>Whether it is there whole.</summary>
    [MemberNotNullWhen(true, nameof(Token))]
    public bool IsWhole => Token is not null;
}
