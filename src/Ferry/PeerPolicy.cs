using Ferry.Protocol.Addressing;

namespace Ferry;

/// <summary>Whose offers are accepted for consideration. Strangers cost nothing: they are refused before anything is stored or shown.</summary>
public sealed class PeerPolicy
{
    private readonly Func<Jid, bool> _allows;

    private PeerPolicy(Func<Jid, bool> allows) => _allows = allows;

    /// <summary>Nobody: a client that only sends.</summary>
    public static PeerPolicy Nobody { get; } = new(_ => false);

    /// <summary>Everybody; a person or a program looks at each offer.</summary>
    public static PeerPolicy Anyone { get; } = new(_ => true);

    /// <summary>Exactly these: a domain is exactly that domain's users, a bare address all its resources, a full address only itself.</summary>
    public static PeerPolicy Only(params IEnumerable<Jid> peers)
    {
        var allowed = peers.ToHashSet();
        return new PeerPolicy(peer => allowed.Contains(peer) || allowed.Contains(peer.Bare) || allowed.Contains(Jid.Parse(peer.Domain)));
    }

    /// <summary>These and others.</summary>
    internal PeerPolicy Or(Func<Jid, bool> others) => new(peer => _allows(peer) || others(peer));

    /// <summary>Whether offers of this peer are considered.</summary>
    public bool Allows(Jid peer) => _allows(peer);
}
