using Ferry.Protocol;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Requests;

namespace Ferry.Server.Index;

/// <summary>Folders of owners (XEP-0329): the root has owners, an owner shares, a share what is in it.</summary>
internal sealed class BrowseFeature(IndexService index) : IIqHandler
{
    public string Namespace => Namespaces.FileSharing;

    public IReadOnlyList<string> Features => [Namespaces.FileSharing];

    public async ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken)
    {
        if (!index.Allows(request.From)) return request.Iq.Refuse(IndexErrors.Stranger);
        var text = request.Payload.Attribute("node");
        if (request.Iq.Type != IqType.Get || request.Payload.Name != "query" || !ResultSetQuery.TryFind(request.Payload, out var page)) return request.Iq.Refuse(IndexErrors.Bad("a get with a query"));
        if (page is { Max: > SearchRequest.MaxHits }) return request.Iq.Refuse(IndexErrors.TooMany($"{SearchRequest.MaxHits} items at one time"));
        if (!FileNode.TryParsePath(text ?? "", out var node)) return request.Iq.Refuse(IndexErrors.NotFound);
        if (await index.Search.ListAsync(request.From, node, page, cancellationToken).ConfigureAwait(false) is not { } found) return request.Iq.Refuse(IndexErrors.NotFound);
        var folders = found.Items.Where(item => item.File is null).Select(item => item.Name).ToList();
        var files = found.Items.Where(item => item.File is not null).Select(item => item.File!.File).ToList();
        return request.Iq.Result(new FolderListing(text, folders, files, page is null ? null : found.Page).ToElement());
    }
}
