using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;

namespace Ferry.Protocol.Jingle.Files;

/// <summary>Psi's links to a peer that serves files by Jingle requests: <c>xmpp:juliet@capulet.lit/balcony?jingle-ft</c>.</summary>
/// <param name="Peer">A full address.</param>
public sealed record FileSessionLink(Jid Peer)
{
    private const string Scheme = "xmpp:";
    private const string Query = "?jingle-ft";

    /// <summary>Reads a link; false for any other text, and for a bare address.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out FileSessionLink? link)
    {
        link = null;
        if (text is null || !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return false;
        var rest = text[Scheme.Length..];
        var query = rest.IndexOf('?', StringComparison.Ordinal);
        if (query < 0 || (rest[query..] != Query && !rest[query..].StartsWith(Query + ";", StringComparison.Ordinal))) return false;
        if (!Jid.TryParse(Uri.UnescapeDataString(rest[..query]), out var peer) || !peer.IsFull) return false;
        link = new FileSessionLink(peer);
        return true;
    }

    public override string ToString() => Scheme + string.Join('/', Peer.ToString().Split('/', 2).Select(part => Uri.EscapeDataString(part).Replace("%40", "@", StringComparison.Ordinal))) + Query;
}
