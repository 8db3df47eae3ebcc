using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Ferry.Net.Sessions;
using Ferry.Net.Socks5;
using Ferry.Peers;
using Ferry.Protocol;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Microsoft.Extensions.Logging;

namespace Ferry.Methods.Socks5;

/// <summary>
/// SOCKS5 bytestreams (XEP-0065): the side that offers listens, the other one races the streamhosts of the offer. One listener serves all
/// transfers of a client, told apart by their destination address; it opens with the first of them.
/// </summary>
internal sealed class Socks5Method(FerryOptions options) : IStreamMethod, IAsyncDisposable
{
    /// <summary>The name of a stream between the two ends themselves.</summary>
    public const string Direct = "s5b-direct";

    /// <summary>For the socket that <c>streamhost-used</c> speaks of: it is there already, or on its way through the handshake.</summary>
    private static readonly TimeSpan TakeTime = TimeSpan.FromSeconds(5);

    /// <summary>How long an answer that came too late is still listened for, so that in-band can be tried again after it.</summary>
    private static readonly TimeSpan LateAnswerTime = TimeSpan.FromSeconds(120);

    private readonly ILogger _logger = options.LoggerFactory.CreateLogger<Socks5Method>();
    private readonly Lock _lock = new();
    private StanzaSession? _session;
    private Socks5Listener? _listener;

    /// <inheritdoc/>
    public string Feature => Namespaces.Bytestreams;

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => [Direct];

    private StanzaSession Session => _session ?? throw new InvalidOperationException("not attached");

    /// <inheritdoc/>
    public void Attach(StanzaSession session, OpenRequests opens)
    {
        _session = session;
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

    /// <inheritdoc/>
    public async Task<MethodResult> OpenAsync(StreamOpening opening, CancellationToken cancellationToken)
    {
        opening.Report(Direct, AttemptResult.Started, null);
        var result = await OfferAsync(opening, cancellationToken).ConfigureAwait(false);
        opening.Report(Direct, result.Channel is null ? AttemptResult.Failed : AttemptResult.Chosen, result.Failure?.Text);
        return result;
    }

    /// <inheritdoc/>
    public async Task<MethodResult> AnswerAsync(OpenRequest request, StreamOpening opening, CancellationToken cancellationToken)
    {
        opening.Report(Direct, AttemptResult.Started, null);
        var result = await RaceAsync(request, opening, cancellationToken).ConfigureAwait(false);
        opening.Report(Direct, result.Channel is null ? AttemptResult.Failed : AttemptResult.Chosen, result.Failure?.Text);
        return result;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _listener?.DisposeAsync() ?? default;

    private async Task<MethodResult> OfferAsync(StreamOpening opening, CancellationToken cancellationToken)
    {
        if (!TryListen(out var listener, out var error))
        {
            return new MethodFailure(FailureReason.NoMethod, Side.Here, $"no port to listen on: {error}");
        }

        var policy = StreamhostOffer.Policy(Session, options.AllowLocal);
        var hosts = StreamhostOffer.Hosts(Session, policy, options.Advertise, options.BindAddresses.ToHashSet(), options.OfferOnlyAdvertised, listener.Port);
        if (hosts.Count == 0) return new MethodFailure(FailureReason.NoMethod, Side.Here, "this machine has no address that the peer could reach");
        var destination = DestinationAddress.Compute(opening.Sid, Session.Jid.ToString(), opening.Peer.Jid.ToString());
        using var registration = listener.Expect(destination);
        var offer = new BytestreamsOffer(opening.Sid, [.. hosts.Select(host => host.Host)]);
        var (answer, forget) = await Session.BeginRequestAsync(opening.Peer.Jid, IqType.Set, offer.ToElement(), bulk: false, cancellationToken).ConfigureAwait(false);
        try
        {
            var reply = await answer.WaitAsync(options.Socks5Wait, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            forget();
            return await UseAsync(reply, registration, hosts, opening.Length == 0, cancellationToken).ConfigureAwait(false);
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

    private async Task<MethodResult> UseAsync(
        IqReply reply, Socks5Registration registration, IReadOnlyList<(Streamhost Host, IPAddress? Local)> hosts, bool empty, CancellationToken cancellationToken)
    {
        if (!reply.IsResult) return Refusal(reply);
        if (!StreamhostUsed.TryParse(reply.Payload, out var used) || used.Jid != Session.Jid)
        {
            return new MethodFailure(FailureReason.Protocol, Side.Peer, "the peer chose a streamhost that was not offered");
        }

        using var limit = new CancellationTokenSource(TakeTime, options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var accepted = await registration.TakeAsync([.. hosts.Select(host => host.Local).OfType<IPAddress>()], empty, both.Token).ConfigureAwait(false);
            accepted.Socket.NoDelay = true;
            return new Socks5Channel(accepted.Socket, Direct, sending: true, options.IdleTimeout, options.TimeProvider);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new MethodFailure(FailureReason.NoMethod, Side.Network, "the peer says it is connected, but no connection came in");
        }
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
            if (options.ListenPorts is { } ports) listening = listening with { Ports = new PortRange(ports.First, ports.Last) };
            if (Socks5Listener.TryStart(listening, out var started, out var failed))
            {
                (_listener, listener, error) = (started, started, "");
                return true;
            }

            _logger.LogWarning("cannot listen for direct streams: {Error}", failed);
            (listener, error) = (null!, failed.ToString());
            return false;
        }
    }

    private async Task<MethodResult> RaceAsync(OpenRequest request, StreamOpening opening, CancellationToken cancellationToken)
    {
        if (!BytestreamsOffer.TryParse(request.Iq.Payload!, out var offer, out _)) throw new InvalidOperationException("an offer was delivered that cannot be read");
        // Without a name for proxies among the allowed methods only the peer's own addresses count.
        var hosts = offer.Streamhosts.Take(StreamhostPolicy.MaxStreamhosts).ToList();
        var isProxy = hosts.Select(host => host.Jid.Bare != request.Peer.Bare).ToImmutableArray();
        if (!DestinationOf(offer, request, out var destination)) return await RefuseAsync(request, ErrorCondition.BadRequest, "dstaddr is not a hash", cancellationToken).ConfigureAwait(false);
        var policy = StreamhostOffer.Policy(Session, options.AllowLocal);
        var driver = new RaceDriver(hosts, isProxy, policy, destination, options.BindAddresses.FirstOrDefault(), options.TimeProvider);
        try
        {
            var (index, socket, lost) = await driver.RunAsync(cancellationToken).ConfigureAwait(false);
            if (socket is null) return await RefuseAsync(request, ErrorCondition.ItemNotFound, Describe(lost!, hosts), cancellationToken).ConfigureAwait(false);
            var channel = new Socks5Channel(socket, Direct, sending: false, options.IdleTimeout, options.TimeProvider);
            await Session.SendAsync(request.Iq.Result(new StreamhostUsed(hosts[index].Jid, offer.Sid).ToElement()).ToElement(), cancellationToken).ConfigureAwait(false);
            return channel;
        }
        catch (OperationCanceledException)
        {
            await Session.SendAsync(
                request.Iq.Refuse(ErrorType.Cancel, ErrorCondition.ItemNotFound).ToElement(), CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private bool DestinationOf(BytestreamsOffer offer, OpenRequest request, out DestinationAddress destination)
    {
        destination = DestinationAddress.Compute(offer.Sid, request.Peer.ToString(), Session.Jid.ToString());
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

    private static string Describe(RaceOutput.Lost lost, List<Streamhost> hosts)
    {
        if (hosts.Count == 0) return "the peer named no streamhost";
        var each = lost.Failures.Select(failure => $"{hosts[failure.Index].Host}:{hosts[failure.Index].Port} {failure.Kind} {failure.Detail}".TrimEnd());
        return $"no streamhost was reached ({string.Join("; ", each)})";
    }
}
