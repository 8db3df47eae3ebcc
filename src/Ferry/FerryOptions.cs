using System.Net;
using Ferry.Net.Dialing;
using Ferry.Protocol.Addressing;
using Ferry.Requests;
using Ferry.Sharing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry;

/// <summary>How a <see cref="FerryClient"/> logs in and what it may do. Only <see cref="Account"/> and a password are needed.</summary>
public sealed record FerryOptions
{
    /// <summary>The account. A full address asks for that resource; the server has the last word.</summary>
    public required Jid Account { get; init; }

    /// <summary>The password. Kept while the client lives, for resuming its stream after a break; see <see cref="PasswordProvider"/> to ask for it when it is needed.</summary>
    public string? Password { get; init; }

    /// <summary>Asked once for the password when <see cref="Password"/> is null.</summary>
    public Func<CancellationToken, ValueTask<string>>? PasswordProvider { get; init; }

    /// <summary><c>[xmpp:|xmpps:]HOST:PORT</c>; null looks the server up in DNS. STARTTLS unless <c>xmpps:</c>.</summary>
    public string? Server { get; init; }

    /// <summary>PEM files with certificate authorities that are trusted besides the system's.</summary>
    public IReadOnlyList<string> CertificateAuthorities { get; init; } = [];

    /// <summary>SHA-256 of the server's certificate in hexadecimal: then exactly this certificate is trusted, and no other check is made.</summary>
    public string? PinnedCertificate { get; init; }

    /// <summary>Speak without TLS. Only to a loopback address; anything else fails with <see cref="FailureReason.Usage"/>.</summary>
    public bool InsecurePlaintext { get; init; }

    /// <summary>Permit SASL PLAIN inside verified TLS, for servers that have nothing better.</summary>
    public bool AllowPlain { get; init; }

    /// <summary>Local addresses to listen and dial from; empty means all.</summary>
    public IReadOnlyList<IPAddress> BindAddresses { get; init; } = [];

    /// <summary>Ranges of ports to listen on for direct streams, ends included: the first that is free is taken. Empty lets the system choose.</summary>
    public IReadOnlyList<(int First, int Last)> ListenPorts { get; init; } = [];

    /// <summary><c>HOST[:PORT]</c> that peers should connect to, offered behind our own best addresses: a forwarded port of a router.</summary>
    public IReadOnlyList<string> Advertise { get; init; } = [];

    /// <summary>Offer only what <see cref="Advertise"/> names, none of this machine's own addresses.</summary>
    public bool OfferOnlyAdvertised { get; init; }

    /// <summary>SOCKS5 proxies (XEP-0065) to offer instead of those that our server lists. Their network addresses are asked for.</summary>
    public IReadOnlyList<Jid> Proxies { get; init; } = [];

    /// <summary>Connect also to loopback and private addresses that a peer names. Ours are offered by the same rules either way.</summary>
    public bool AllowLocal { get; init; }

    /// <summary>How long to wait for a peer that does not answer an offer of SOCKS5 streamhosts before in-band is tried. Default 15 s.</summary>
    public TimeSpan Socks5Wait { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The longest time for connecting and logging in. Default 30 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long after the connection to the server broke it is tried again: by resumption while the server still knows us, then by a new log-in with ever
    /// longer waits, 5 min at most. Zero: resumption only. Default <see cref="Timeout.InfiniteTimeSpan"/>: for ever. What cannot pass, such as a refused
    /// password or certificate, ends it at once.
    /// </summary>
    public TimeSpan ReconnectTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Hears when the connection breaks and when it is back. Called one at a time; must return at once.</summary>
    public IProgress<ConnectionChange>? ConnectionChanges { get; init; }

    /// <summary>Shortens every wait inside a step that has no option of its own: for a peer's features, for a stream to be opened. Null: each has its usual time.</summary>
    public TimeSpan? LongestWait { get; init; }

    /// <summary>The longest wait for a peer's yes or no to an offer. Default 10 min.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Time without a byte after which a transfer over sockets ends as <see cref="FailureReason.Stalled"/>. Default 30 s.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The same for in-band streams, which servers slow down. Default 120 s.</summary>
    public TimeSpan InBandIdleTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Send in-band blocks in messages instead of iqs, for peers that take only those. Slower: messages have no answers.</summary>
    public bool InBandMessages { get; init; }

    /// <summary>Names of the offers that are made and accepted, in order of preference: <c>si</c>, <c>jabberfs</c>, <c>none</c>. Empty: all but <c>none</c>.</summary>
    public IReadOnlyList<string> Offers { get; init; } = [];

    /// <summary>Names of the methods that may carry bytes, in order of preference: <c>s5b-direct</c>, <c>s5b-proxy</c>, <c>ibb</c>, <c>tcp</c>, <c>http-bridge</c>. Empty: all but <c>http-bridge</c>.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>
    /// Peers with whom jabberFS is spoken in the words of 2002 where they know no others: <c>jabber:iq:oob</c> without a URL. Their connections prove nothing, so
    /// each is named. Bare addresses stand for all their resources. Default: none.
    /// </summary>
    public IReadOnlyList<Jid> LegacyJabberFs { get; init; } = [];

    /// <summary>Whose offers reach <see cref="FerryClient.IncomingOffersAsync"/>; everybody else is refused unseen. Default: nobody.</summary>
    public PeerPolicy AcceptFrom { get; init; } = PeerPolicy.Nobody;

    /// <summary>Answers peers who ask for files; null: nobody is served.</summary>
    internal IFileRequests? Requests { get; init; }

    /// <summary>
    /// The folder for the journal of partial files, made when it is needed, for nobody else to read. With it a receive that broke off is gone on
    /// with when its sender offers the same file again and serves ranges. Null: every receive begins anew.
    /// </summary>
    public string? StateDirectory { get; init; }

    /// <summary>Folders that those whom they are shared with may list and ask for files of; null: nothing is shared. It stays the caller's.</summary>
    public SharedFolders? Shared { get; init; }

    /// <summary>Tell contacts that we are online. Without it only peers that we send to learn of us. Default true.</summary>
    public bool SendPresence { get; init; } = true;

    /// <summary>Where log entries go. Never contains passwords or file contents.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock of every timeout.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>What tells us that an address of ours is gone.</summary>
    internal INetworkWatch Network { get; init; } = NetworkWatch.System;

    /// <summary>The usual time of a wait, or <see cref="LongestWait"/> where that is shorter.</summary>
    internal TimeSpan AtMost(TimeSpan usual) => LongestWait is { } longest && longest < usual ? longest : usual;

    /// <inheritdoc/>
    /// <remarks>Without the password, which must not reach a log.</remarks>
    public override string ToString() => $"FerryOptions {{ Account = {Account}, Server = {Server} }}";
}
