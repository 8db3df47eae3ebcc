using Ferry.Protocol;
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

    public ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken) =>
        new(request.Iq.Type == IqType.Get ? Address(request) : Activate(request));

    /// <summary>Gets with a stream's id are legal: it comes back with the answer.</summary>
    private Iq Address(IqRequest request)
    {
        if (!request.Payload.Is(Namespaces.Bytestreams, "query")) return request.Iq.Refuse(ErrorType.Modify, ErrorCondition.BadRequest);
        if (!relay.Allows(request.From)) return request.Iq.Refuse(ErrorType.Auth, ErrorCondition.Forbidden);
        var answer = new ProxyAddress(relay.Streamhosts).ToElement();
        return request.Iq.Result(request.Payload.Attribute("sid") is { Length: <= MaxSid } sid ? answer.WithAttribute("sid", sid) : answer);
    }

    private Iq Activate(IqRequest request)
    {
        if (!BytestreamsActivation.TryParse(request.Payload, out var order, out var error)) return request.Iq.Refuse(error);
        if (order.Sid.Length > MaxSid) return request.Iq.Refuse(ErrorType.Modify, ErrorCondition.BadRequest);
        return relay.Activate(request.From, order) is { } refusal ? request.Iq.Refuse(refusal) : request.Iq.Result();
    }
}
