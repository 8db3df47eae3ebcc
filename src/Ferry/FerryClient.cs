using System.Runtime.CompilerServices;
using Ferry.Contacts;
using Ferry.Files;
using Ferry.Methods;
using Ferry.Methods.InBand;
using Ferry.Methods.Socks5;
using Ferry.Methods.Tcp;
using Ferry.Net.Dialing;
using Ferry.Net.Sessions;
using Ferry.Net.Tls;
using Ferry.Offers;
using Ferry.Offers.Bare;
using Ferry.Offers.JabberFs;
using Ferry.Offers.Jingle;
using Ferry.Offers.StreamInitiation;
using Ferry.Peers;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Ferry.Requests;
using Ferry.Sharing;
using Ferry.Sharing.Publishing;
using Ferry.Transfers;
using Microsoft.Extensions.Logging;

namespace Ferry;

/// <summary>
/// An XMPP account that sends and receives files, by every method that Ferry and the peer have in common, the next one when one fails.
/// Thread-safe: any number of transfers may run side by side.
/// </summary>
public sealed partial class FerryClient : IAsyncDisposable
{
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(10);

    /// <summary>How long disposal waits for a transfer that was cancelled.</summary>
    private static readonly TimeSpan LastWait = TimeSpan.FromSeconds(5);

    private readonly FerryOptions _options;
    private readonly StanzaSession _session;
    private readonly ILogger _logger;
    private readonly PresenceBook _presence = new();
    private readonly OpenRequests _opens = new();
    private readonly TaskTracker _tasks = new();
    private readonly OfferInbox _inbox;
    private readonly Roster _roster;
    private readonly Socks5Method _socks5;
    private readonly MethodRegistry _methods;
    private readonly JingleTransportRegistry _transports;
    private readonly IReadOnlyList<IOfferKind> _kinds;    // all there are
    private readonly IReadOnlyList<IOfferKind> _accepted; // those that others may use
    private readonly OwnIdentity _identity;
    private readonly PeerFeatures _features;
    private readonly PeerFinder _finder;
    private readonly Introductions _introductions;
    private readonly ShareDesk? _desk; // null: nothing is shared
    private readonly IndexPublishing? _publishing; // the same
    private readonly RequestRate _deliveryRate;
    private readonly CancellationTokenSource _disposing = new();
    private int _disposed;
    private int _connection = (int)ConnectionState.Online;

    private FerryClient(FerryOptions options, StanzaSession session)
    {
        _session = session;
        _logger = options.LoggerFactory.CreateLogger<FerryClient>();
        _inbox = new OfferInbox(options.AcceptFrom);
        _deliveryRate = new RequestRate(RequestRate.Files, options.TimeProvider);
        _roster = new Roster(session, options.AtMost(Roster.UsualWait));
        var audience = options.Shared is { } folders ? new ShareAudience(folders.Options.Allow, _roster, () => Jid) : null;
        _desk = options.Shared is { } shared ? new ShareDesk(shared, audience!) : null;
        _options = options = _desk is null ? options : options with { Requests = _desk };
        _socks5 = new Socks5Method(options);
        var inBand = new InBandMethod(options, _presence);
        _methods = new MethodRegistry([_socks5, inBand], RawTcp.Name);
        var allowed = _methods.Allowed(options.Methods, []);
        var usable = _methods.For(allowed);
        IJingleTransport[] transports = [new JingleSocks5Transport(_socks5, options), new JingleInBandTransport(inBand, _opens, options)];
        _transports = new JingleTransportRegistry([.. transports.Where(transport => allowed.Intersect(transport.Names).Any())]);
        _kinds = [new JingleOfferKind(_transports), new SiOfferKind(), new JabberFsOfferKind(new RawTcp(options)), new BareOfferKind()];
        _accepted = Chosen(_kinds, options.Offers);
        // Who takes no file says so: else everybody who sends would count as one more resource that could be sent to.
        var offers = _accepted.Where(kind => options.AcceptFrom != PeerPolicy.Nobody || (options.Requests is not null && kind is IRequestKind)).SelectMany(kind => kind.Features);
        var known = options.Requests is { } requests ? options.AcceptFrom.Or(requests.MayAsk) : options.AcceptFrom;
        IReadOnlyList<string> sharing = _desk is null ? [] : [Protocol.Namespaces.FileSharing];
        _identity = new OwnIdentity([.. offers, .. sharing, .. usable.Select(method => method.Feature)]);
        _features = new PeerFeatures(session, _presence, options.AtMost(PeerFeatures.UsualWait));
        _introductions = new Introductions(session, _identity, _roster, known);
        _publishing = _desk is null ? null : new IndexPublishing(session, options.Shared!, audience!, _introductions, options);
        _finder = new PeerFinder(session, _presence, _features, _introductions, _roster, options);
        Attach(usable);
    }

    /// <summary>Our full address, as the server gave it; another log-in may give another one.</summary>
    public Jid Jid => _session.Jid;

    /// <summary>
    /// How we stand with the server. After a break the client resumes its stream, or logs in again and is found as before
    /// (<see cref="FerryOptions.ReconnectTimeout"/>); <see cref="FerryOptions.ConnectionChanges"/> hears of each step.
    /// </summary>
    public ConnectionState Connection => (ConnectionState)Volatile.Read(ref _connection);

    /// <summary>Completes when the connection is gone for good: null after disposal, else why.</summary>
    public Task<FerryException?> Completion { get; private set; } = Task.FromResult<FerryException?>(null);

    /// <summary>What is asked when a peer asks for a file; null: nothing is shared.</summary>
    internal IFileRequests? Requests => _options.Requests;

    /// <summary>Connects, logs in and announces what we can do.</summary>
    /// <exception cref="FerryException">It did not succeed: <c>connect</c>, <c>tls</c>, <c>auth</c>, <c>timeout</c>, <c>usage</c>.</exception>
    public static async Task<FerryClient> ConnectAsync(FerryOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionCheck.Require(options);
        var (session, failure) = await StanzaSession.ConnectAsync(SessionOptionsOf(options), cancellationToken).ConfigureAwait(false);
        if (session is null) throw ExceptionOf(failure!);
        var client = new FerryClient(options, session);
        try
        {
            await client.BeginAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Sends a file. A bare address finds the peer's resources. The end is always a value, a cancelled one included
    /// (<see cref="FailureReason.Cancelled"/>); only wrong arguments throw.
    /// </summary>
    public async Task<Outcome> SendAsync(string path, Jid to, SendOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(to);
        options ??= new SendOptions();
        var report = ReportFor(options, to, options.Name ?? Path.GetFileName(path));
        var opened = SourceFile.Open(path);
        if (!opened.Succeeded) return report.Fail(opened.Failure.Reason, Phase.Finding, Side.Here, opened.Failure.Message);
        var file = OutgoingFile.Of(opened.Value, options);
        await using var owned = file.ConfigureAwait(false);
        return await _tasks.TrackAsync(() => SendAsync(file, to, options, report, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Sends what a stream holds, from its position to its end; it stays open. <see cref="SendOptions.Name"/> is needed.</summary>
    public async Task<Outcome> SendAsync(Stream content, Jid to, SendOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(options);
        var file = OutgoingFile.Of(content, options);
        return await _tasks.TrackAsync(() => SendAsync(file, to, options, ReportFor(options, to, file.Name), cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>
    /// Asks a peer for a file by its share path (<c>SHARE/folder/name</c>) or, where only one shared file has it, by its bare name, and receives it into
    /// <paramref name="directory"/>. Where an earlier attempt broke off it goes on from there (<see cref="FerryOptions.StateDirectory"/>). The end is always a value.
    /// </summary>
    public async Task<Outcome> GetAsync(Jid from, string path, string directory, GetOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(directory);
        options ??= new GetOptions();
        var wanted = new WantedFile(path, null, directory, FileNames.Sanitise(options.Name ?? path), options);
        return await _tasks.TrackAsync(() => FetchAsync(wanted, from, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>
    /// The same by the hash of the whole file, whatever it is called there: it gets <see cref="GetOptions.Name"/>, else the peer's name for it. What arrives has this
    /// hash, or the end is <see cref="FailureReason.Mismatch"/>. Only Jingle asks so.
    /// </summary>
    public async Task<Outcome> GetAsync(Jid from, FileHash hash, string directory, GetOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(hash);
        ArgumentException.ThrowIfNullOrEmpty(directory);
        options ??= new GetOptions();
        var wanted = new WantedFile(null, hash, directory, options.Name is null ? null : FileNames.Sanitise(options.Name), options);
        return await _tasks.TrackAsync(() => FetchAsync(wanted, from, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>
    /// The resources of an account that can take a file. Directed presence introduces us first; without a subscription its answers are waited for
    /// three seconds, since nothing says when all have come.
    /// </summary>
    public async Task<IReadOnlyList<Jid>> FindResourcesAsync(Jid peer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(peer);
        var found = await _finder.FindAsync(peer.Bare, Able(_accepted), cancellationToken).ConfigureAwait(false);
        return [.. found.Able.Select(able => able.Jid)];
    }

    /// <summary>
    /// The offers of peers that <see cref="FerryOptions.AcceptFrom"/> allows, as they come. One reader at a time. Goes on over breaks; ends when the
    /// connection is gone for good.
    /// </summary>
    public async IAsyncEnumerable<IncomingOffer> IncomingOffersAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var offer in _inbox.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false)) yield return offer;
    }

    /// <summary>Cancels what is under way, waits for it (5 s at most where it hangs in a stream of the caller's), says goodbye and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _inbox.Close();
        await _disposing.CancelAsync().ConfigureAwait(false);
        await _tasks.StopAsync().ConfigureAwait(false);
        await _tasks.SettleAsync(LastWait, _options.TimeProvider).ConfigureAwait(false);
        await EndSharingAsync().ConfigureAwait(false);
        await _session.DisposeAsync().ConfigureAwait(false);
        await _socks5.DisposeAsync().ConfigureAwait(false);
        await Completion.ConfigureAwait(false);
        _disposing.Dispose();
    }

    private static List<IOfferKind> Chosen(IReadOnlyList<IOfferKind> all, IReadOnlyList<string> names) =>
        names.Count == 0 ? [.. all.Where(kind => kind.ByDefault)] : [.. names.Select(name => all.First(kind => kind.Name == name))];

    private static Func<Peer, bool> Able(IEnumerable<IOfferKind> kinds) => peer => !OnlyShares(peer) && kinds.Any(kind => kind.CanOffer(peer));

    // It can be asked by what others are offered by, and tells so; every Ferry that takes offers has stream initiation besides.
    private static bool OnlyShares(Peer peer) => Shares(peer) && !peer.Info!.Has(Protocol.Namespaces.StreamInitiation);

    private static bool Shares(Peer peer) => peer.Info?.Has(Protocol.Namespaces.FileSharing) == true;

    private void Attach(IReadOnlyList<IStreamMethod> methods)
    {
        AttachOwnAnswers();
        foreach (var method in methods) method.Attach(_session, _opens);
        var context = new OfferContext(_options, _session, _methods, _transports, _opens, _presence, _inbox, _tasks);
        foreach (var kind in _kinds) kind.Attach(context, _accepted.Contains(kind));
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        Completion = WatchAsync();
        FollowConnection();
        _session.Start();
        _socks5.LookForProxies();
        var roster = await _roster.LoadAsync(cancellationToken).ConfigureAwait(false);
        if (!roster.IsResult) _logger.LogInformation("no roster: {Reason}", roster);
        BeginSharing();
        if (!_options.SendPresence) return;
        await _introductions.AnnounceAsync(cancellationToken).ConfigureAwait(false);
        // Servers handle stanzas in order (RFC 6120 section 10.1): with the answer, whatever it is, others see us. Who is told that we are ready may send.
        await _session.RequestAsync(Jid.Parse(Jid.Domain), IqType.Get, new Element(Namespaces.Ping, "ping"), _options.AtMost(SettleTime), cancellationToken).ConfigureAwait(false);
    }

    private async Task<FerryException?> WatchAsync()
    {
        var failure = await _session.Completion.ConfigureAwait(false);
        _inbox.Close();
        var cause = failure is null ? null : ExceptionOf(failure);
        Changed(new ConnectionChange(ConnectionState.Closed, Jid, Cause: cause));
        return cause;
    }

    private TransferReport ReportFor(SendOptions options, Jid to, string name) => new(
        TransferDirection.Send, options.Transfer ?? RandomId.Create(10), to, name, Offers(options).FirstOrDefault()?.Name ?? "", _options.TimeProvider, _logger, options.Attempts,
        () => _session.WhyLost);

    // The transfer's own list may name what is not on by default, but nothing that the client's list leaves out.
    private List<IOfferKind> Offers(SendOptions options)
    {
        if (options.Offers.Count == 0) return [.. _accepted];
        var allowed = _options.Offers.Count == 0 ? _kinds : _accepted;
        return [.. options.Offers.Select(name => allowed.FirstOrDefault(kind => kind.Name == name)).OfType<IOfferKind>()];
    }

    private static FerryException ExceptionOf(SessionFailure failure) =>
        new(failure.Reason, failure.AtServer ? Side.Server : failure.Reason == FailureReason.Usage ? Side.Here : Side.Network, failure.Message, failure.Hint);

    private static SessionOptions SessionOptionsOf(FerryOptions options) => new()
    {
        Account = options.Account,
        Password = cancellationToken => options.Password is { } password ? new ValueTask<string>(password) : options.PasswordProvider!(cancellationToken),
        Resource = "Ferry." + RandomId.Create(6),
        Server = options.Server,
        Tls = new TlsOptions { AuthorityFiles = options.CertificateAuthorities, Pin = options.PinnedCertificate },
        InsecurePlaintext = options.InsecurePlaintext,
        AllowPlain = options.AllowPlain,
        BindAddresses = options.BindAddresses,
        ReconnectTimeout = options.ReconnectTimeout,
        ConnectTimeout = options.ConnectTimeout,
        Network = options.Network,
        TimeProvider = options.TimeProvider,
        LoggerFactory = options.LoggerFactory,
    };
}
