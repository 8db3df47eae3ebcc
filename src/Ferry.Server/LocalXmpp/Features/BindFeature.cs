using Ferry.Protocol;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Requests;

namespace Ferry.Server.LocalXmpp.Features;

/// <summary>A second bind on one stream is refused (RFC 6120 section 7.1): the first is the stream's own business.</summary>
internal sealed class BindFeature : IIqHandler
{
    public string Namespace => Namespaces.Bind;

    public IReadOnlyList<string> Features => [];

    public ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken) =>
        new(request.Iq.Refuse(ErrorType.Cancel, ErrorCondition.NotAllowed));
}
