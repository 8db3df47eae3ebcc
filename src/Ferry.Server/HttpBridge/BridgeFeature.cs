using Ferry.Protocol;
using Ferry.Protocol.HttpBridge;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Relay;
using Ferry.Server.Requests;

namespace Ferry.Server.HttpBridge;

/// <summary>A receiver behind HTTP registers (bs-proxy, step II.1). That the feature is listed means that the listener runs.</summary>
internal sealed class BridgeFeature(RelayService relay, BridgeService bridge) : IIqHandler
{
    public string Namespace => Namespaces.HttpBridge;

    public IReadOnlyList<string> Features => [Namespaces.HttpBridge];

    private readonly ForeignStreamhosts _foreign = new(bridge.Options.ForeignStreamhosts, bridge.Time);

    public async ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken)
    {
        if (request.Iq.Type != IqType.Set) return request.Iq.Refuse(ErrorType.Modify, ErrorCondition.BadRequest);
        if (!BridgeConnect.TryParse(request.Payload, out var connect, out var error)) return request.Iq.Refuse(error);
        if (!bridge.MayConnect(request.From, connect.Sender)) return request.Iq.Refuse(BridgeErrors.Forbidden);
        if (connect.Streamhosts.Any(relay.IsOwn)) return Register(request, connect);
        if (!connect.Streamhosts.Any(_foreign.Allow)) return request.Iq.Refuse(BridgeErrors.NotFound);
        if (!bridge.MayConnect(request.From)) return request.Iq.Refuse(BridgeErrors.Forbidden);
        return await ConnectAsync(request, connect, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<Iq> ConnectAsync(IqRequest request, BridgeConnect connect, CancellationToken cancellationToken)
    {
        var stream = DestinationAddress.Compute(connect.Sid, connect.Sender.ToString(), request.From.ToString());
        if (await _foreign.ConnectAsync(connect.Streamhosts, stream, cancellationToken).ConfigureAwait(false) is not var (socket, host)) return request.Iq.Refuse(BridgeErrors.NotFound);
        if (relay.BeginForeign(request.From, connect, socket, bridge.Options, out var transfer) is { } refusal)
        {
            socket.Dispose();
            return request.Iq.Refuse(refusal);
        }

        // No activation will reach us, so the receiver is told at once, behind this answer.
        bridge.NotifySoon(transfer!);
        return request.Iq.Result(new BridgeConnected(host.Jid).ToElement());
    }

    private Iq Register(IqRequest request, BridgeConnect connect) =>
        relay.Arrive(request.From, connect, bridge.Options) is { } refusal ? request.Iq.Refuse(refusal) : request.Iq.Result(new BridgeConnected(relay.Entity.Address).ToElement());
}
