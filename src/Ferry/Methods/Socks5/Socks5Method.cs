using System.Net;
using System.Net.Sockets;
using Ferry.Methods.HttpBridge;
using Ferry.Net.Sessions;
using Ferry.Net.Socks5;
using Ferry.Peers;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Microsoft.Extensions.Logging;

namespace Ferry.Methods.Socks5;

/// <summary>
/// SOCKS5 bytestreams (XEP-0065): the side that offers listens, the other one races the streamhosts of the offer. One listener serves all
/// transfers of a client, told apart by their destination address; it opens with the first of them. Proxies of the server stand in the same
/// offer, behind our own addresses.
/// </summary>
internal sealed partial class Socks5Method(FerryOptions options) : IStreamMethod, IAsyncDisposable
{
    /// <summary>The name of a stream between the two ends themselves.</summary>
    public const string Direct = MethodNames.Socks5Direct;

    /// <summary>The name of a stream by a proxy.</summary>
    public const string Proxy = MethodNames.Socks5Proxy;

    /// <summary>The name of a stream by HTTP to a proxy.</summary>
    public const string Bridge = MethodNames.HttpBridge;

    /// <summary>For the socket that <c>streamhost-used</c> speaks of: it is there already, or on its way through the handshake.</summary>
    private static readonly TimeSpan TakeTime = TimeSpan.FromSeconds(5);

    /// <summary>How long an answer that came too late is still listened for, so that in-band can be tried again after it.</summary>
    private static readonly TimeSpan LateAnswerTime = TimeSpan.FromSeconds(120);

    private readonly ILogger _logger = options.LoggerFactory.CreateLogger<Socks5Method>();
    private readonly Lock _lock = new();
    private readonly BridgeNotices _notices = new();
    private StanzaSession? _session;
    private Socks5Listener? _listener;
    private ProxyDirectory? _proxies;
    private BridgeClient? _bridges;

    /// <inheritdoc/>
    public string Feature => Namespaces.Bytestreams;

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => [Direct, Proxy, Bridge];

    /// <inheritdoc/>
    public IReadOnlyList<string> OnRequest => [Bridge];

    private StanzaSession Session => _session ?? throw new InvalidOperationException("not attached");

    private BridgeClient Bridges => _bridges ?? throw new InvalidOperationException("not attached");

    private ProxyDirectory Proxies => _proxies ?? throw new InvalidOperationException("not attached");

    /// <inheritdoc/>
    public void Attach(StanzaSession session, OpenRequests opens)
    {
        _session = session;
        _notices.Attach(session);
        _bridges = new BridgeClient(Ask, _notices, options);
        _proxies = new ProxyDirectory(Ask, Jid.Parse(session.Jid.Domain), options.Proxies, options.TimeProvider, _logger);
        session.OnIq(Namespaces.Bytestreams, "query", iq =>
        {
            // A get asks for a proxy's address, and we are none (XEP-0065 section 4).
            if (iq.Type != IqType.Set || iq.From is null) return iq.Refuse(ErrorType.Cancel, ErrorCondition.FeatureNotImplemented);
            if (!BytestreamsOffer.TryParse(iq.Payload!, out var offer, out var error)) return iq.Refuse(error);
            return opens.Deliver(new OpenRequest(this, offer.Sid, iq, new StanzaError(ErrorType.Modify, ErrorCondition.NotAcceptable)));
        });
    }

    /// <inheritdoc/>
    public bool CanReach(Peer peer) => peer.MayHave(Feature);

    /// <summary>The port that is listened on, once there is one.</summary>
    public int? ListeningPort
    {
        get
        {
            lock (_lock) return _listener?.Port;
        }
    }

    /// <summary>Whether it is a notice from a bridge that we have asked.</summary>
    public bool Expects(Iq iq, Jid from) => iq.Payload?.Namespace == Namespaces.HttpBridge && _notices.IsExpected(from);

    /// <summary>Begins to look for proxies, so that they are known when the first stream is opened.</summary>
    public void LookForProxies()
    {
        if (options.Methods.Count == 0 || options.Methods.Contains(Proxy) || options.Methods.Contains(Bridge)) _proxies?.Begin();
    }

    /// <inheritdoc/>
    public async Task<MethodResult> OpenAsync(StreamOpening opening, CancellationToken cancellationToken)
    {
        var ways = Socks5Ways.Of(opening.Allowed);
        if (ways.BridgeFirst) return await OpenByBridgeAsync(opening, cancellationToken).ConfigureAwait(false);
        var policy = StreamhostOffer.Policy(Session, options.AllowLocal);
        var proxies = await ProxiesAsync(ways, cancellationToken).ConfigureAwait(false);
        var byProxy = StreamhostOffer.ByProxy(Session.Jid, policy, proxies, opening.Peer.Traits.TriesHostsInTurn);
        var (listener, direct, problem) = ways.Direct ? Listen(policy) : (null, [], null);
        var hosts = StreamhostOffer.Arrange([.. direct.Select(entry => entry.Host)], byProxy, ways.ProxyFirst);
        var reports = new WayReports(opening.Report, hosts.Select(host => host.Jid != Session.Jid), ways);
        if (hosts.Count == 0) return reports.Tell(new MethodFailure(FailureReason.NoMethod, Side.Here, problem ?? "no proxy is known"));
        var destination = Destination(opening, Session.Jid, opening.Peer.Jid);
        using var registration = listener?.Expect(destination);
        var offered = new Offered(opening, policy, destination, registration, [.. direct.Select(entry => entry.Local).OfType<IPAddress>()], hosts, proxies, ways);
        return reports.Tell(await OfferAsync(offered, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async Task<MethodResult> AnswerAsync(OpenRequest request, StreamOpening opening, CancellationToken cancellationToken)
    {
        if (!BytestreamsOffer.TryParse(request.Iq.Payload!, out var offer, out _)) throw new InvalidOperationException("an offer was delivered that cannot be read");
        var ways = Socks5Ways.Of(opening.Allowed);
        if (ways.BridgeFirst) return await AnswerByBridgeAsync(request, offer, opening, cancellationToken).ConfigureAwait(false);
        var hosts = offer.Streamhosts.Where(host => ways.Allow(IsProxy(host, request))).Take(StreamhostPolicy.MaxStreamhosts).ToList();
        var reports = new WayReports(opening.Report, hosts.Select(host => IsProxy(host, request)), ways);
        return reports.Tell(await RaceAsync(request, offer, hosts, ways, opening, cancellationToken).ConfigureAwait(false));
    }

    private async Task<MethodResult> OpenByBridgeAsync(StreamOpening opening, CancellationToken cancellationToken)
    {
        opening.Report(Bridge, AttemptResult.Started, null);
        var policy = StreamhostOffer.Policy(Session, options.AllowLocal);
        var proxies = await ProxiesAsync(Socks5Ways.Of([Bridge]), cancellationToken).ConfigureAwait(false);
        // Not by what we may connect to: it is the peer who connects to these, and we go by HTTP.
        var hosts = proxies.SelectMany(proxy => proxy).Take(StreamhostOffer.MostHosts).ToList();
        var offered = new Offered(opening, policy, Destination(opening, Session.Jid, opening.Peer.Jid), null, [], hosts, proxies, Socks5Ways.Of([Bridge]));
        MethodResult result = hosts.Count == 0
            ? new MethodFailure(FailureReason.NoMethod, Side.Here, "no proxy with a bridge is known")
            : await OfferAsync(offered, cancellationToken).ConfigureAwait(false);
        opening.Report(Bridge, result.Channel is null ? AttemptResult.Failed : AttemptResult.Chosen, result.Failure?.Text);
        return result;
    }

    private async Task<IReadOnlyList<IReadOnlyList<Streamhost>>> ProxiesAsync(Socks5Ways ways, CancellationToken cancellationToken)
    {
        if (!ways.Proxy && !ways.Bridge) return [];
        var proxies = await Proxies.FindAsync(cancellationToken).ConfigureAwait(false);
        if (ways.Proxy) return proxies;
        var able = await Bridges.WithBridgeAsync(proxies.Select(hosts => hosts[0].Jid), cancellationToken).ConfigureAwait(false);
        return [.. proxies.Where(proxy => able.Contains(proxy[0].Jid))];
    }

    // The peer is at the proxy; we could not, or may not, connect there by SOCKS5.
    private async Task<MethodResult> UploadAsync(Jid proxy, Offered offered, MethodFailure? before, CancellationToken cancellationToken)
    {
        if (before is not null) offered.Opening.Report(Bridge, AttemptResult.Started, null);
        var result = await Bridges.UploadAsync(proxy, offered.Opening, offered.Destination, offered.Policy, cancellationToken).ConfigureAwait(false);
        if (before is not null) offered.Opening.Report(Bridge, result.Channel is null ? AttemptResult.Failed : AttemptResult.Chosen, result.Failure?.Text);
        return result.Channel is null && before is not null ? before : result;
    }

    private async Task<MethodResult> AnswerByBridgeAsync(OpenRequest request, BytestreamsOffer offer, StreamOpening opening, CancellationToken cancellationToken)
    {
        opening.Report(Bridge, AttemptResult.Started, null);
        var result = await JoinByBridgeAsync(request, offer, opening, cancellationToken).ConfigureAwait(false);
        opening.Report(Bridge, result.Channel is null ? AttemptResult.Failed : AttemptResult.Chosen, result.Failure?.Text);
        return result;
    }

    private async Task<MethodResult> JoinByBridgeAsync(OpenRequest request, BytestreamsOffer offer, StreamOpening opening, CancellationToken cancellationToken)
    {
        if (!DestinationOf(offer, opening, out var destination)) return await RefuseAsync(request, ErrorCondition.BadRequest, "dstaddr is not a hash", cancellationToken).ConfigureAwait(false);
        BridgeNotices.Expected? expected = null;
        var answered = false;
        try
        {
            if (await BridgeForAsync(request, offer, cancellationToken).ConfigureAwait(false) is not { } proxy) return Unreached("no proxy with a bridge is known");
            expected = Bridges.Expect(destination, proxy);
            if (expected is null) return Unreached("the stream is expected already");
            var (host, failure) = await Bridges.ConnectAsync(proxy, offer, opening, cancellationToken).ConfigureAwait(false);
            if (host is null) return failure!;
            answered = true;
            await Session.SendAsync(request.Iq.Result(new StreamhostUsed(host, offer.Sid).ToElement()).ToElement(), CancellationToken.None).ConfigureAwait(false);
            return await Bridges.DownloadAsync(expected, StreamhostOffer.Policy(Session, options.AllowLocal), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            expected?.Dispose();
            if (!answered) await Session.SendAsync(request.Iq.Refuse(ErrorType.Cancel, ErrorCondition.ItemNotFound).ToElement(), CancellationToken.None).ConfigureAwait(false);
        }

        static MethodFailure Unreached(string why) => new(FailureReason.NoMethod, Side.Here, why);
    }

    // One of the sender's own is sure to suit it; one of ours may connect there in our stead.
    private async Task<Jid?> BridgeForAsync(OpenRequest request, BytestreamsOffer offer, CancellationToken cancellationToken)
    {
        var offered = offer.Streamhosts.Where(host => IsProxy(host, request)).Select(host => host.Jid);
        if (await Bridges.WithBridgeAsync(offered, cancellationToken).ConfigureAwait(false) is [var first, ..]) return first;
        var own = await Proxies.FindAsync(cancellationToken).ConfigureAwait(false);
        return (await Bridges.WithBridgeAsync(own.Select(hosts => hosts[0].Jid), cancellationToken).ConfigureAwait(false)).FirstOrDefault();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_proxies is not null) await _proxies.DisposeAsync().ConfigureAwait(false);
        if (_listener is not null) await _listener.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsProxy(Streamhost host, OpenRequest request) => host.Jid.Bare != request.Peer.Bare;

    private Task<IqReply> Ask(Jid to, IqType type, Element payload, TimeSpan timeout, CancellationToken cancellationToken) =>
        Session.RequestAsync(to, type, payload, timeout, cancellationToken);

    private (Socks5Listener? Listener, IReadOnlyList<(Streamhost Host, IPAddress? Local)> Hosts, string? Problem) Listen(StreamhostPolicy policy)
    {
        if (!TryListen(out var listener, out var error)) return (null, [], $"no port to listen on: {error}");
        var hosts = StreamhostOffer.Direct(
            Session.Jid, policy, options.Advertise, options.BindAddresses.ToHashSet(), options.OfferOnlyAdvertised, listener.Port);
        return hosts.Count > 0 ? (listener, hosts, null) : (null, [], "this machine has no address that the peer could reach");
    }

    private async Task<MethodResult> OfferAsync(Offered offered, CancellationToken cancellationToken)
    {
        var (sid, peer) = (offered.Opening.Sid, offered.Opening.Peer.Jid);
        var offer = new BytestreamsOffer(sid, offered.Hosts);
        var (answer, forget) = await Session.BeginRequestAsync(peer, IqType.Set, offer.ToElement(), bulk: false, cancellationToken).ConfigureAwait(false);
        try
        {
            var reply = await answer.WaitAsync(options.AtMost(options.Socks5Wait), options.TimeProvider, cancellationToken).ConfigureAwait(false);
            forget();
            return await UseAsync(reply, offered, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            var late = ForgetLaterAsync(answer, forget);
            return new MethodFailure(
                FailureReason.Timeout, Side.Peer, $"the peer did not answer the streamhosts within {options.Socks5Wait.TotalSeconds:0.#} s", LateAnswer: late);
        }
        catch (OperationCanceledException)
        {
            forget();
            throw;
        }
    }

    private async Task ForgetLaterAsync(Task<IqReply> answer, Action forget)
    {
        try
        {
            await answer.WaitAsync(LateAnswerTime, options.TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It never came.
        }

        forget();
    }

    private async Task<MethodResult> UseAsync(IqReply reply, Offered offered, CancellationToken cancellationToken)
    {
        if (!reply.IsResult) return Refusal(reply);
        if (StreamhostUsed.TryParse(reply.Payload, out var used) && offered.Hosts.Any(host => host.Jid == used.Jid))
        {
            if (used.Jid == Session.Jid) return await TakeAsync(offered, cancellationToken).ConfigureAwait(false);
            var joined = offered.Ways.Proxy ? await JoinAsync(used.Jid, offered, cancellationToken).ConfigureAwait(false) : default;
            return joined.Channel is null && offered.Ways.Bridge ? await UploadAsync(used.Jid, offered, joined.Failure, cancellationToken).ConfigureAwait(false) : joined;
        }

        return new MethodFailure(FailureReason.Protocol, Side.Peer, "the peer chose a streamhost that was not offered");
    }

    private async Task<MethodResult> TakeAsync(Offered offered, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TakeTime, options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var accepted = await offered.Registration!.TakeAsync(offered.Local, offered.Opening.Length == 0, both.Token).ConfigureAwait(false);
            accepted.Socket.NoDelay = true;
            return new Socks5Channel(accepted.Socket, Direct, sending: true, options.IdleTimeout, options.TimeProvider, options.Network, peerCloses: offered.Opening.Peer.Traits.ClosesWhenDone);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new MethodFailure(FailureReason.NoMethod, Side.Network, "the peer says it is connected, but no connection came in");
        }
    }

    private async Task<MethodResult> JoinAsync(Jid proxy, Offered offered, CancellationToken cancellationToken)
    {
        // All that the proxy named, not only what the offer had room for.
        var addresses = offered.Proxies.SelectMany(hosts => hosts).Where(host => host.Jid == proxy).ToList();
        var connector = new ProxyConnector(Ask, options.BindAddresses, options.TimeProvider);
        var (socket, failure) = await connector.OpenAsync(
            addresses,
            offered.Policy,
            offered.Destination,
            new BytestreamsActivation(offered.Opening.Sid, offered.Opening.Peer.Jid),
            offered.Opening.Length == 0,
            cancellationToken).ConfigureAwait(false);
        if (socket is null) return failure!;
        return new Socks5Channel(socket, Proxy, sending: true, options.IdleTimeout, options.TimeProvider, options.Network);
    }

    private static MethodFailure Refusal(IqReply reply)
    {
        if (reply.Missing == NoReply.SessionEnded) return new MethodFailure(FailureReason.StreamLost, Side.Server, "the XMPP stream was lost");
        var refused = reply.Error?.Condition is ErrorCondition.NotAcceptable or ErrorCondition.Forbidden or ErrorCondition.NotAllowed;
        return new MethodFailure(
            FailureReason.NoMethod,
            refused ? Side.Peer : Side.Network,
            refused ? $"the peer refused the stream: {reply}" : $"the peer reached none of our streamhosts: {reply}",
            RefusedByPeer: refused);
    }

    private bool TryListen(out Socks5Listener listener, out string error)
    {
        lock (_lock)
        {
            if (_listener is not null)
            {
                (listener, error) = (_listener, "");
                return true;
            }

            var listening = new Socks5ListenerOptions { TimeProvider = options.TimeProvider };
            if (options.BindAddresses.Count > 0) listening = listening with { Addresses = [.. options.BindAddresses] };
            else if (!Socket.OSSupportsIPv6) listening = listening with { Addresses = [IPAddress.Any] };
            var failed = SocketError.Success;
            foreach (var ports in options.ListenPorts.Select(range => new PortRange(range.First, range.Last)).DefaultIfEmpty(PortRange.Any))
            {
                if (!Socks5Listener.TryStart(listening with { Ports = ports }, out var started, out failed)) continue;
                (_listener, listener, error) = (started, started, "");
                return true;
            }

            _logger.LogWarning("cannot listen for direct streams: {Error}", failed);
            (listener, error) = (null!, failed.ToString());
            return false;
        }
    }

    private async Task<MethodResult> RaceAsync(
        OpenRequest request, BytestreamsOffer offer, List<Streamhost> hosts, Socks5Ways ways, StreamOpening opening, CancellationToken cancellationToken)
    {
        if (!DestinationOf(offer, opening, out var destination)) return await RefuseAsync(request, ErrorCondition.BadRequest, "dstaddr is not a hash", cancellationToken).ConfigureAwait(false);
        var policy = StreamhostOffer.Policy(Session, options.AllowLocal);
        var driver = new RaceDriver(
            hosts, [.. hosts.Select(host => IsProxy(host, request))], policy, destination, options.BindAddresses, options.TimeProvider);
        Socket? socket;
        int index;
        try
        {
            (index, socket, var lost) = await driver.RunAsync(cancellationToken).ConfigureAwait(false);
            if (socket is null && !ways.Bridge) return await RefuseAsync(request, ErrorCondition.ItemNotFound, RaceDriver.Describe(lost!, hosts), cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await Session.SendAsync(
                request.Iq.Refuse(ErrorType.Cancel, ErrorCondition.ItemNotFound).ToElement(), CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        return socket is null
            ? await AnswerByBridgeAsync(request, offer, opening, cancellationToken).ConfigureAwait(false)
            : await AcceptAsync(request, hosts[index], offer.Sid, socket, opening, cancellationToken).ConfigureAwait(false);
    }

    private async Task<MethodResult> AcceptAsync(
        OpenRequest request, Streamhost host, string sid, Socket socket, StreamOpening opening, CancellationToken cancellationToken)
    {
        var byProxy = IsProxy(host, request);
        var given = false;
        try
        {
            await Session.SendAsync(request.Iq.Result(new StreamhostUsed(host.Jid, sid).ToElement()).ToElement(), CancellationToken.None).ConfigureAwait(false);
            if (byProxy && opening.Length != 0
                && await FirstByte.AwaitAsync(socket, opening.Length, options.IdleTimeout, options.TimeProvider, cancellationToken).ConfigureAwait(false) is { } none)
            {
                return none;
            }

            given = true;
            return new Socks5Channel(
                socket, byProxy ? Proxy : Direct, sending: false, options.IdleTimeout, options.TimeProvider, options.Network, leaveEndToSender: byProxy && opening.Length == 0);
        }
        finally
        {
            if (!given) socket.Dispose();
        }
    }

    private static DestinationAddress Destination(StreamOpening opening, Jid requester, Jid target) => opening.Peer.Traits.HashesLatin1
        ? DestinationAddress.ComputeLatin1(opening.Sid, requester.ToString(), target.ToString())
        : DestinationAddress.Compute(opening.Sid, requester.ToString(), target.ToString());

    private bool DestinationOf(BytestreamsOffer offer, StreamOpening opening, out DestinationAddress destination)
    {
        destination = Destination(opening, opening.Peer.Jid, Session.Jid);
        if (offer.DestinationAddress is null) return true;
        if (!DestinationAddress.TryParse(offer.DestinationAddress, out var given)) return false;
        destination = given;
        return true;
    }

    private async Task<MethodResult> RefuseAsync(OpenRequest request, ErrorCondition condition, string why, CancellationToken cancellationToken)
    {
        await Session.SendAsync(request.Iq.Refuse(ErrorType.Cancel, condition).ToElement(), cancellationToken).ConfigureAwait(false);
        return new MethodFailure(FailureReason.NoMethod, Side.Network, why);
    }

    /// <summary>An offer that was made, and what is needed when the peer has chosen.</summary>
    /// <param name="Opening">What for.</param>
    /// <param name="Policy">As it was when the offer was made.</param>
    /// <param name="Destination">What both sides ask for.</param>
    /// <param name="Registration">Where connections to our own addresses come in; null when none of them was offered.</param>
    /// <param name="Local">Our own addresses in the offer's order.</param>
    /// <param name="Hosts">What was offered.</param>
    /// <param name="Proxies">Each known proxy's addresses.</param>
    /// <param name="Ways">What may be used.</param>
    private sealed record Offered(
        StreamOpening Opening,
        StreamhostPolicy Policy,
        DestinationAddress Destination,
        Socks5Registration? Registration,
        IReadOnlyList<IPAddress> Local,
        IReadOnlyList<Streamhost> Hosts,
        IReadOnlyList<IReadOnlyList<Streamhost>> Proxies,
        Socks5Ways Ways);
}
