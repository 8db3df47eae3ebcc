using Ferry.Protocol;
using Ferry.Protocol.HttpBridge;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Relay;
using Ferry.Server.Requests;

namespace Ferry.Server.HttpBridge;

/// <summary>A receiver behind HTTP registers (bs-proxy, step II.1). That the feature is listed means that the listener runs.</summary>
internal sealed class BridgeFeature(RelayService relay, BridgeService bridge) : IIqHandler
{
    public string Namespace => Namespaces.HttpBridge;

    public IReadOnlyList<string> Features => [Namespaces.HttpBridge];

    public ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken)
    {
        if (request.Iq.Type != IqType.Set) return new(request.Iq.Refuse(ErrorType.Modify, ErrorCondition.BadRequest));
        if (!BridgeConnect.TryParse(request.Payload, out var connect, out var error)) return new(request.Iq.Refuse(error));
        if (!relay.Allows(request.From) && !relay.Allows(connect.Sender)) return new(request.Iq.Refuse(BridgeErrors.Forbidden));
        foreach (var streamhost in connect.Streamhosts)
        {
            if (relay.IsOwn(streamhost)) return new(Register(request, connect));
        }

        return new(request.Iq.Refuse(BridgeErrors.NotFound));
    }

    private Iq Register(IqRequest request, BridgeConnect connect) =>
        relay.Arrive(request.From, connect, bridge.Options) is { } refusal ? request.Iq.Refuse(refusal) : request.Iq.Result(new BridgeConnected(relay.Entity.Address).ToElement());
}
