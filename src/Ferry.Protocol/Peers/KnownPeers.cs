using Ferry.Protocol.Discovery;

namespace Ferry.Protocol.Peers;

/// <summary>
/// The one table of peers that are treated unlike others, found by what they announce: the node of their capabilities (XEP-0115), or the name of
/// their identity (XEP-0030). Where each row comes from stands in docs/peers.md.
/// </summary>
public static class KnownPeers
{
    /// <summary>The capabilities node by which one Ferry knows another.</summary>
    public const string FerryNode = "urn:ferry:client";

    /// <summary>Offers of one account that a Ferry keeps undecided.</summary>
    public const int FerryUndecidedOffers = 5;

    private const int LargestBlock = 65535;

    private static readonly PeerTraits Ferry = new() { Name = "Ferry", LargestInBandBlock = LargestBlock, MostUndecidedOffers = FerryUndecidedOffers, ClosesWhenDone = true, ConfirmsHashes = true, ServesRequests = true, TriesHostsInTurn = true };
    private static readonly PeerTraits Libpurple = new() { Name = "libpurple", LargestInBandBlock = LargestBlock, TakesInBandMessages = false, TriesHostsInTurn = true };
    private static readonly PeerTraits Qxmpp = new() { Name = "QXmpp", MostInBandBlocks = 65536, TakesInBandMessages = false, HashesLatin1 = true };
    private static readonly PeerTraits Slixmpp = new() { Name = "slixmpp", LargestInBandBlock = 8192 };
    private static readonly PeerTraits Smack = new() { Name = "Smack", LargestInBandBlock = LargestBlock, SkipsLastSeq = true };
    private static readonly PeerTraits Psi = new() { Name = "Psi", TakesInBandMessages = false, ServesRequests = true };

    private static readonly PeerTraits Libervia = new() { Name = "Libervia", ReadsHashesOfDigits = true };

    // The node begins so. A node is a claim like everything else: a row may change how we send, never what is allowed to whom.
    private static readonly (string Begins, PeerTraits Traits)[] ByNode =
    [
        (FerryNode, Ferry),
        ("http://pidgin.im/", Libpurple),
        ("https://github.com/qxmpp-project/qxmpp", Qxmpp),
        ("http://slixmpp.com/ver/", Slixmpp),
        ("http://www.igniterealtime.org/projects/", Smack),
        ("https://www.igniterealtime.org/projects/", Smack),
        ("http://psi-im.org", Psi),
        ("https://psi-im.org", Psi),
        ("http://psi-plus.com", Psi),
        ("https://psi-plus.com", Psi),
    ];

    // The identity's name begins so: clients without capabilities, and libraries whose users choose a node of their own.
    private static readonly (string Begins, PeerTraits Traits)[] ByName =
    [
        ("pidgin", Libpurple),
        ("finch", Libpurple),
        ("Adium", Libpurple),
        ("Based on QXmpp", Qxmpp),
        ("Smack", Smack),
        ("Spark", Smack),
        ("Psi", Psi),
        ("Libervia", Libervia),
    ];

    /// <summary>The row for a peer; <see cref="PeerTraits.Unknown"/> where there is none. Either argument may be null.</summary>
    public static PeerTraits Of(EntityCaps? caps, DiscoInfo? info)
    {
        if (caps is not null && Row(ByNode, caps.Node) is { } byNode) return byNode;
        foreach (var identity in info?.Identities ?? [])
        {
            if (identity.Category == "client" && Row(ByName, identity.Name ?? "") is { } byName) return byName;
        }

        return PeerTraits.Unknown;
    }

    private static PeerTraits? Row((string Begins, PeerTraits Traits)[] rows, string text)
    {
        foreach (var (begins, traits) in rows)
        {
            if (text.StartsWith(begins, StringComparison.Ordinal)) return traits;
        }

        return null;
    }
}
