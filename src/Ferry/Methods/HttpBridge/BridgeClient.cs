using Ferry.Methods.Socks5;
using Ferry.Net.Sessions;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.HttpBridge;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;

namespace Ferry.Methods.HttpBridge;

/// <summary>
/// Either HTTP end of a SOCKS5 bytestream (bs-proxy), for places where only HTTP gets out. The peer sees an ordinary XEP-0065 exchange by a proxy: as
/// sender we offer proxies that have a bridge, activate with <c>x</c> and post; as receiver we have the bridge registered in our stead, and fetch.
/// </summary>
internal sealed class BridgeClient(ServiceRequest ask, BridgeNotices notices, FerryOptions options)
{
    /// <summary>For each answer of a bridge, and for the head of its HTTP answer.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(15);

    /// <summary>
    /// From the answer to the sender to the bridge's notice, and from the request to the first byte. A bridge that keeps files gives its notice when it has the whole; as long as it
    /// tells of progress the time begins anew.
    /// </summary>
    private static readonly TimeSpan BeginTime = TimeSpan.FromSeconds(120);

    /// <summary>Proxies that are asked whether they have a bridge.</summary>
    private const int MostAsked = 8;

    /// <summary>Those of the proxies that have a bridge, in their order.</summary>
    public async Task<IReadOnlyList<Jid>> WithBridgeAsync(IEnumerable<Jid> proxies, CancellationToken cancellationToken)
    {
        var asked = proxies.Distinct().Take(MostAsked).ToList();
        var answers = await Task.WhenAll(asked.Select(proxy => ask(proxy, IqType.Get, DiscoInfo.Query(), ProxySearch.AnswerTime, cancellationToken))).ConfigureAwait(false);
        return [.. asked.Zip(answers).Where(pair => DiscoInfo.TryParse(pair.Second.Payload, out var info) && info.Has(Namespaces.HttpBridge)).Select(pair => pair.First)];
    }

    /// <summary>The sender's end: the peer has chosen this proxy.</summary>
    public async Task<MethodResult> UploadAsync(Jid proxy, StreamOpening opening, DestinationAddress stream, StreamhostPolicy policy, CancellationToken cancellationToken)
    {
        var order = new BridgeActivation(new BytestreamsActivation(opening.Sid, opening.Peer.Jid), opening.Length).ToElement();
        var reply = await ask(proxy, IqType.Set, order, AnswerTime, cancellationToken).ConfigureAwait(false);
        if (!reply.IsResult) return Refusal(proxy, reply);
        if (reply.Payload is null || !BridgeActivated.TryParse(reply.Payload, out var activated, out _)) return new MethodFailure(FailureReason.Protocol, Side.Server, $"{proxy} gives no URL to upload to");
        return new BridgeUploadChannel(BridgeHttp.Create(activated.Url, policy, options), activated.Url, stream, opening.Length, options.IdleTimeout, options.TimeProvider);
    }

    /// <summary>The receiver's end up to the bridge's word. Null: it is connected to <c>Host</c>, which the sender is to be told.</summary>
    public async Task<(Jid? Host, MethodFailure? Failure)> ConnectAsync(Jid proxy, BytestreamsOffer offer, StreamOpening opening, CancellationToken cancellationToken)
    {
        var connect = new BridgeConnect(offer.Sid, opening.Peer.Jid, offer.Streamhosts, opening.Length).ToElement();
        var reply = await ask(proxy, IqType.Set, connect, AnswerTime, cancellationToken).ConfigureAwait(false);
        if (!reply.IsResult) return (null, Refusal(proxy, reply));
        return BridgeConnected.TryParse(reply.Payload, out var connected) && offer.Streamhosts.Any(host => host.Jid == connected.Streamhost)
            ? (connected.Streamhost, null)
            : (null, new MethodFailure(FailureReason.Protocol, Side.Server, $"{proxy} connected to a streamhost that was not offered"));
    }

    /// <summary>Expects the bridge's notice; null where that stream is expected already.</summary>
    public BridgeNotices.Expected? Expect(DestinationAddress stream, Jid proxy) => notices.Expect(stream, proxy);

    /// <summary>The receiver's end from there on: waits for the notice, and fetches.</summary>
    public async Task<MethodResult> DownloadAsync(BridgeNotices.Expected expected, StreamhostPolicy policy, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(BeginTime, options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        HttpClient? http = null;
        HttpResponseMessage? response = null;
        try
        {
            expected.Moved = () => Renew(limit);
            var url = await expected.Url.WaitAsync(both.Token).ConfigureAwait(false);
            expected.Moved = null;
            Renew(limit);
            http = BridgeHttp.Create(url, policy, options);
            response = await http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, both.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode) return BridgeFailures.Of(response.StatusCode);
            var body = await response.Content.ReadAsStreamAsync(both.Token).ConfigureAwait(false);
            var channel = new BridgeDownloadChannel(http, response, body, options.IdleTimeout);
            (http, response) = (null, null);
            return channel;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new MethodFailure(FailureReason.Timeout, Side.Peer, $"no byte came to the bridge for {BeginTime.TotalSeconds:0} s");
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return BridgeFailures.Of(broken);
        }
        finally
        {
            expected.Moved = null;
            response?.Dispose();
            http?.Dispose();
        }
    }

    private static void Renew(CancellationTokenSource limit)
    {
        try
        {
            limit.CancelAfter(BeginTime);
        }
        catch (ObjectDisposedException)
        {
            // A word about what has ended meanwhile.
        }
    }

    private static MethodFailure Refusal(Jid proxy, IqReply reply) => reply.Missing == NoReply.SessionEnded
        ? new MethodFailure(FailureReason.StreamLost, Side.Server, "the XMPP stream was lost")
        : new MethodFailure(FailureReason.NoMethod, Side.Server, $"the bridge at {proxy} refused: {reply}");
}
