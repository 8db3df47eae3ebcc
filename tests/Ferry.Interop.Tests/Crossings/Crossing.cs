namespace Ferry.Interop.Tests.Crossings;

/// <summary>A way for a file between Ferry and a peer through a server, and its ending: one cell of the table in <c>docs/interop.md</c>.</summary>
/// <param name="Server">The server's name.</param>
/// <param name="Peer"><c>slixmpp</c>, <c>libpurple</c>, <c>Libervia</c> or <c>Gajim</c>.</param>
/// <param name="FerrySends">Whether the peer receives.</param>
/// <param name="Offer">As <c>--offer</c>.</param>
/// <param name="Via">As <c>--via</c>, and <c>ibb-message</c> for in-band with the blocks in messages.</param>
/// <param name="Ending">What is sent, and how it ends.</param>
public sealed record Crossing(string Server, string Peer, bool FerrySends, string Offer, string Via, Ending Ending)
{
    public const string Prosody = "Prosody";
    public const string Ejabberd = "ejabberd";
    public const string Embedded = "Ferry's";
    public const string Slixmpp = "slixmpp";
    public const string Libpurple = "libpurple";
    public const string Libervia = "Libervia";
    public const string Gajim = "Gajim";

    /// <summary>Every way that each peer has; <see cref="CrossingTable"/> says which it has not.</summary>
    private static readonly (string Peer, bool FerrySends, string Offer, string Via)[] Ways =
    [
        (Libpurple, true, "si", "s5b-direct"),
        (Libpurple, true, "si", "s5b-proxy"),
        (Libpurple, true, "si", "ibb"),
        (Libpurple, false, "si", "s5b-direct"),
        (Libpurple, false, "si", "s5b-proxy"),
        (Libpurple, false, "si", "ibb"),
        (Slixmpp, true, "si", "s5b-direct"),
        (Slixmpp, true, "si", "s5b-proxy"),
        (Slixmpp, true, "si", "ibb"),
        (Slixmpp, true, "si", "ibb-message"),
        (Slixmpp, true, "none", "s5b-direct"),
        (Slixmpp, true, "none", "s5b-proxy"),
        (Slixmpp, true, "none", "ibb"),
        (Slixmpp, false, "si", "s5b-proxy"),
        (Slixmpp, false, "si", "ibb"),
        (Slixmpp, false, "si", "ibb-message"),
        (Slixmpp, false, "none", "s5b-proxy"),
        (Slixmpp, false, "none", "ibb"),
        (Libervia, true, "si", "s5b-direct"),
        (Libervia, true, "si", "s5b-proxy"),
        (Libervia, true, "si", "ibb"),
        (Libervia, false, "si", "s5b-direct"),
        (Libervia, false, "si", "s5b-proxy"),
        (Libervia, false, "si", "ibb"),
        (Libervia, true, "jingle", "s5b-direct"),
        (Libervia, true, "jingle", "s5b-proxy"),
        (Libervia, true, "jingle", "ibb"),
        (Libervia, false, "jingle", "s5b-direct"),
        (Libervia, false, "jingle", "ibb"),
        (Gajim, true, "jingle", "s5b-direct"),
        (Gajim, true, "jingle", "s5b-proxy"),
        (Gajim, true, "jingle", "ibb"),
        (Gajim, false, "jingle", "s5b-direct"),
        (Gajim, false, "jingle", "s5b-proxy"),
        (Gajim, false, "jingle", "ibb"),
    ];

    /// <summary>All that exist.</summary>
    public static IReadOnlyList<Crossing> All { get; } =
    [
        .. from way in Ways
           from server in Servers(way.Peer)
           from ending in Enum.GetValues<Ending>()
           let crossing = new Crossing(server, way.Peer, way.FerrySends, way.Offer, way.Via, ending)
           where crossing.Exists
           select crossing,
    ];

    /// <summary>The same way whatever is sent and however it ends: one row of the table.</summary>
    public Crossing Way => this with { Ending = default };

    /// <summary>What Ferry calls <see cref="Via"/>.</summary>
    public string Method => Via == "ibb-message" ? "ibb" : Via;

    /// <summary>What Ferry, receiving, is told to take: Libervia offers SOCKS5 to everybody in Jingle, and comes to in-band by replacing it.</summary>
    public string Allowed => this is { Peer: Libervia, Offer: "jingle", Via: "ibb" } ? "s5b-proxy,ibb" : Method;

    /// <summary>Whether the whole file is meant to arrive.</summary>
    public bool Arrives => Ending is Ending.Empty or Ending.OneByte or Ending.ThreeMegabytes or Ending.DifficultName or Ending.Resumed;

    /// <summary>Whether the peer offers and serves, or asks for, a part of a file. libpurple neither writes nor reads <c>range</c>.</summary>
    public bool PeerKnowsParts => Peer == Slixmpp && Offer == "si";

    /// <summary>Whether the peer, sending, says the file's hash: libpurple does not, and Libervia in Jingle alone.</summary>
    public bool PeerSaysHash => this is { Peer: Slixmpp, Offer: "si" } or { Offer: "jingle" };

    /// <summary>False where the protocol or the peer has no such ending; the table says why.</summary>
    private bool Exists => this switch
    {
        { Offer: "none", Ending: Ending.DifficultName or Ending.Declined or Ending.Resumed } => false,
        { Offer: "none", FerrySends: false, Ending: Ending.CancelledBySender } => false,
        { Peer: Libpurple, FerrySends: false, Ending: Ending.Empty } or { Peer: Gajim, Ending: Ending.Empty } => false,
        { Peer: Libervia or Gajim, Ending: Ending.Resumed } => false,
        { Peer: Libervia, FerrySends: true, Ending: Ending.CancelledByReceiver } => false,
        { Peer: Libervia, FerrySends: false, Ending: Ending.CancelledBySender } => false,
        _ => true,
    };

    /// <summary>Libervia's one daemon remembers the proxy of a domain, and all servers are localhost; Gajim never connects to 127.0.0.1, where ejabberd's proxy is.</summary>
    private static string[] Servers(string peer) => peer is Libervia or Gajim ? [Prosody] : [Prosody, Ejabberd, Embedded];

    public override string ToString() =>
        FerrySends ? $"{Server}: Ferry to {Peer}, {Offer}, {Via}, {Ending}" : $"{Server}: {Peer} to Ferry, {Offer}, {Via}, {Ending}";
}
