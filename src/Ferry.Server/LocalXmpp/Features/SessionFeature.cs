using Ferry.Protocol;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Requests;

namespace Ferry.Server.LocalXmpp.Features;

/// <summary>The old session request (RFC 3921 section 3), which means nothing any more; clients that send it want a yes.</summary>
internal sealed class SessionFeature : IIqHandler
{
    public string Namespace => Namespaces.Session;

    public IReadOnlyList<string> Features => [];

    public ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken) => new(request.Iq.Result());
}
