using Ferry.Protocol;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Requests;

namespace Ferry.Server.Index;

/// <summary>Searching (XEP-0055), by form or by the old fields, in pages (XEP-0059).</summary>
internal sealed class SearchFeature(IndexService index) : IIqHandler
{
    public string Namespace => Namespaces.Search;

    public IReadOnlyList<string> Features => [Namespaces.Search, Namespaces.ResultSets, Namespaces.DataForms];

    public async ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken)
    {
        if (!index.Allows(request.From)) return request.Iq.Refuse(IndexErrors.Stranger);
        if (request.Iq.Type == IqType.Get) return request.Payload.Name == "query" ? request.Iq.Result(SearchRequest.Fields()) : request.Iq.Refuse(IndexErrors.Bad("no search"));
        if (!SearchRequest.TryParse(request.Payload, out var search, out var error)) return request.Iq.Refuse(error);
        try
        {
            var answer = await index.Search.SearchAsync(request.From, search.Query, search.Page, cancellationToken).ConfigureAwait(false);
            return request.Iq.Result(answer.ToElement(search.ByForm));
        }
        catch (TimeoutException)
        {
            return request.Iq.Refuse(IndexErrors.TooSlow);
        }
    }
}
