using Ferry.Protocol;
using Ferry.Protocol.HttpBridge;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Requests;

namespace Ferry.Server.Relay;

/// <summary>The relay's stanzas (XEP-0065 sections 4 and 6.3.5): its address, and activation.</summary>
internal sealed class BytestreamsFeature(RelayService relay) : IIqHandler
{
    /// <summary>Characters; no client in use makes longer ids.</summary>
    private const int MaxSid = 128;

    public string Namespace => Namespaces.Bytestreams;

    public IReadOnlyList<string> Features => [Namespaces.Bytestreams];

    public async ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken)
    {
        if (request.Iq.Type == IqType.Get) return Address(request);
        return BridgeActivation.IsOne(request.Payload)
            ? await ActivateForUploadAsync(request, cancellationToken).ConfigureAwait(false)
            : await ActivateAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gets with a stream's id are legal: it comes back with the answer.</summary>
    private Iq Address(IqRequest request)
    {
        if (!request.Payload.Is(Namespaces.Bytestreams, "query")) return request.Iq.Refuse(ErrorType.Modify, ErrorCondition.BadRequest);
        if (!relay.Allows(request.From) && relay.Bridge?.MayActivate(request.From) != true) return request.Iq.Refuse(ErrorType.Auth, ErrorCondition.Forbidden);
        var answer = new ProxyAddress(relay.Streamhosts).ToElement();
        return request.Iq.Result(request.Payload.Attribute("sid") is { Length: <= MaxSid } sid ? answer.WithAttribute("sid", sid) : answer);
    }

    private async ValueTask<Iq> ActivateAsync(IqRequest request, CancellationToken cancellationToken)
    {
        if (!BytestreamsActivation.TryParse(request.Payload, out var order, out var error)) return request.Iq.Refuse(error);
        if (order.Sid.Length > MaxSid) return request.Iq.Refuse(ErrorType.Modify, ErrorCondition.BadRequest);
        if (relay.Activate(request.From, order, out var bridged) is { } refusal) return request.Iq.Refuse(refusal);
        if (bridged is not null) await relay.Bridge!.NotifyAsync(bridged, cancellationToken).ConfigureAwait(false);
        return request.Iq.Result();
    }

    private async ValueTask<Iq> ActivateForUploadAsync(IqRequest request, CancellationToken cancellationToken)
    {
        if (relay.Bridge is null) return request.Iq.Refuse(BridgeErrors.Unavailable);
        if (!BridgeActivation.TryParse(request.Payload, out var order, out var error)) return request.Iq.Refuse(error);
        if (relay.ActivateForUpload(request.From, order, out var transfer, out var upload) is { } refusal) return request.Iq.Refuse(refusal);
        await relay.Bridge.NotifyAsync(transfer!, cancellationToken).ConfigureAwait(false);
        return request.Iq.Result(new BridgeActivated(upload!).ToElement());
    }
}
