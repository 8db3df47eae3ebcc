using Ferry.Protocol;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Ferry.Server.Requests;

namespace Ferry.Server.LocalXmpp.Features;

/// <summary>Service discovery of the server's own address (XEP-0030): what it is, and its services.</summary>
internal static class ServerDisco
{
    public sealed class Info(Router router) : IIqHandler
    {
        public string Namespace => Namespaces.DiscoInfo;

        public IReadOnlyList<string> Features => [Namespaces.DiscoInfo];

        public ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken) => new(
            DiscoQuery.Refusal(request) ?? request.Iq.Result(DiscoQuery.Info(("server", "im", "Ferry"), router.ServerFeatures.Features)));
    }

    public sealed class Items(Router router) : IIqHandler
    {
        public string Namespace => Namespaces.DiscoItems;

        public IReadOnlyList<string> Features => [Namespaces.DiscoItems];

        public ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken)
        {
            if (DiscoQuery.Refusal(request) is { } refusal) return new(refusal);
            var items = router.Domains.Where(service => service.Title is not null).OrderBy(service => service.Domain, StringComparer.Ordinal)
                .Select(service => new Element(Namespaces.DiscoItems, "item", ("jid", service.Domain), ("name", service.Title))).ToArray();
            return new(request.Iq.Result(new Element(Namespaces.DiscoItems, "query", items)));
        }
    }
}
