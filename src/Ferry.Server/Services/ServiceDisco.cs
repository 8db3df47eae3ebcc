using Ferry.Protocol;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Requests;

namespace Ferry.Server.Services;

/// <summary>Service discovery of a service's address (XEP-0030).</summary>
internal static class ServiceDisco
{
    public sealed class Info(ServiceEntity service) : IIqHandler
    {
        public string Namespace => Namespaces.DiscoInfo;

        public IReadOnlyList<string> Features => [Namespaces.DiscoInfo];

        public ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken) => new(
            DiscoQuery.Refusal(request) ?? request.Iq.Result(new DiscoInfo([service.Identity], [.. service.Features], []).ToElement()));
    }

    /// <summary>A service has no items.</summary>
    public sealed class Items : IIqHandler
    {
        public string Namespace => Namespaces.DiscoItems;

        public IReadOnlyList<string> Features => [Namespaces.DiscoItems];

        public ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken) =>
            new(DiscoQuery.Refusal(request) ?? request.Iq.Result(new DiscoItems([]).ToElement()));
    }
}
