using Ferry.Protocol;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Requests;

namespace Ferry.Server.Index;

/// <summary>Retrieving a file of the tree (XEP-0135): its owner is asked to offer it.</summary>
internal sealed class RetrieveFeature(IndexService index) : IIqHandler
{
    public string Namespace => Namespaces.FileTree;

    public IReadOnlyList<string> Features => [Namespaces.FileTree];

    public async ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken)
    {
        if (!index.Allows(request.From)) return request.Iq.Refuse(IndexErrors.Stranger);
        if (!FileRetrieve.TryParse(request.Payload, out var retrieve, out var error)) return request.Iq.Refuse(error);
        if (await index.Search.FindAsync(request.From, retrieve.Node, cancellationToken).ConfigureAwait(false) is not { } file) return request.Iq.Refuse(IndexErrors.NotFound);
        return await index.DeliverAsync(file, request.From, retrieve: true, cancellationToken).ConfigureAwait(false) is { } refusal ? request.Iq.Refuse(refusal) : request.Iq.Result();
    }
}
