using Ferry.Protocol;
using Ferry.Protocol.Stanzas;

namespace Ferry.Server.Requests;

/// <summary>Ping (XEP-0199).</summary>
internal sealed class PingFeature : IIqHandler
{
    public string Namespace => Namespaces.Ping;

    public IReadOnlyList<string> Features => [Namespaces.Ping];

    public ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken) => new(
        request.To.Local is null || request.IsOwn ? request.Iq.Result() : request.Iq.Refuse(ErrorType.Cancel, ErrorCondition.ServiceUnavailable));
}
