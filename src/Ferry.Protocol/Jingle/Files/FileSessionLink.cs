using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Hashes;

namespace Ferry.Protocol.Jingle.Files;

/// <summary>
/// Psi's links to a peer that serves files by Jingle requests: <c>xmpp:juliet@capulet.lit/balcony?jingle-ft</c>. Psi tells the file's hash beside the link; Ferry writes it into it as
/// well, as a parameter (RFC 5122 section 2.3) that Psi skips: <c>…?jingle-ft;sha-256=HEX</c>.
/// </summary>
/// <param name="Peer">A full address.</param>
/// <param name="Hash">The file's, of a function that is supported here; null: the link does not say which file.</param>
public sealed record FileSessionLink(Jid Peer, FileHash? Hash = null)
{
    /// <summary>Characters of a link.</summary>
    public const int MostCharacters = 10_000;

    private const string Scheme = "xmpp:";
    private const string Query = "jingle-ft";

    /// <summary>Whether a text means to be such a link, rather than an address.</summary>
    public static bool IsMeant(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads a link; false for any other text, for a bare address, and for a hash that is none.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out FileSessionLink? link) => TryParse(text, out link, out _);

    /// <summary>The same; on false <paramref name="problem"/> says what is wrong, as the rest of a sentence about the text.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out FileSessionLink? link, [NotNullWhen(false)] out string? problem)
    {
        (link, problem) = (null, null);
        if (text is null || !IsMeant(text)) problem = "is no xmpp: link";
        else if (text.Length > MostCharacters) problem = "is too long for a link";
        if (problem is not null) return false;
        var rest = text![Scheme.Length..].Split('#', 2)[0];
        var mark = rest.IndexOf('?', StringComparison.Ordinal);
        var query = mark < 0 ? [] : rest[(mark + 1)..].Split(';');
        FileHash? hash = null;
        if (query is not [Query, ..]) problem = $"is no link to a file that somebody shares (xmpp:JID/RESOURCE?{Query})";
        else if (!TryReadPeer(rest[..mark], out var peer)) problem = "has no XMPP address in it";
        else if (!peer.IsFull) problem = "names an account, not one of its programs (JID/RESOURCE)";
        else if (!TryReadHash(query, out hash)) problem = "has a hash in it that is none";
        else link = new FileSessionLink(peer, hash);
        return link is not null;
    }

    public override string ToString() => FileLink.JingleRequest(Peer) + (Hash is null ? "" : $";{Hash.Algorithm}={Hash.Hex}");

    // Taken apart before anything is unescaped: what is hidden in an escape can be no separator.
    private static bool TryReadPeer(string text, [NotNullWhen(true)] out Jid? peer)
    {
        peer = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var bare = slash < 0 ? text : text[..slash];
        var at = bare.IndexOf('@', StringComparison.Ordinal);
        var (local, domain) = at < 0 ? ("", Uri.UnescapeDataString(bare)) : (Uri.UnescapeDataString(bare[..at]), Uri.UnescapeDataString(bare[(at + 1)..]));
        if ((local + domain).AsSpan().IndexOfAny('@', '/') >= 0) return false;
        var resource = slash < 0 ? "" : "/" + Uri.UnescapeDataString(text[(slash + 1)..]);
        return Jid.TryParse((at < 0 ? "" : local + "@") + domain + resource, out peer);
    }

    // Of several the best to prove something; parameters of other kinds are not ours.
    private static bool TryReadHash(string[] query, out FileHash? hash)
    {
        hash = null;
        foreach (var function in HashFunction.Supported.Reverse())
        {
            if (query.FirstOrDefault(part => part.StartsWith(function.Name + "=", StringComparison.Ordinal)) is not { } pair) continue;
            var hex = pair[(function.Name.Length + 1)..].ToLowerInvariant();
            if (hex.Length != 2 * function.Bytes || !hex.All(char.IsAsciiHexDigit)) return false;
            hash = new FileHash(function.Name, hex);
        }

        return true;
    }
}
