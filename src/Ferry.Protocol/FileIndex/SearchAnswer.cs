using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Forms;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.FileIndex;

/// <summary>One page of what a search found (XEP-0055).</summary>
/// <param name="Page">Where it stands, or null where no page was asked for.</param>
public sealed record SearchAnswer(IReadOnlyList<SearchHit> Hits, ResultSetPage? Page)
{
    /// <summary>Reads <c>query</c> with a result form; rows that are none are left out.</summary>
    public static bool TryParse(Element? query, [NotNullWhen(true)] out SearchAnswer? answer)
    {
        answer = null;
        if (query is null || !query.Is(Namespaces.Search, "query")) return false;
        var hits = new List<SearchHit>();
        if (query.Child(Namespaces.DataForms, "x") is { } x && DataForm.TryParse(x, out var form))
        {
            foreach (var row in form.Items)
            {
                if (SearchHit.TryParse(row, out var hit)) hits.Add(hit);
            }
        }

        answer = new SearchAnswer(hits, ResultSetPage.TryFind(query, out var page) ? page : null);
        return true;
    }

    /// <summary>The table alone.</summary>
    public DataForm ToForm() => new("result", [DataFormField.OfValues("FORM_TYPE", "hidden", Namespaces.Search)])
    {
        Reported = [.. SearchHit.Columns.Select(column => DataFormField.OfValues(column.Name, column.Type) with { Label = column.Label })],
        Items = [.. Hits.Select(hit => hit.ToRow())],
    };

    /// <param name="byForm">As a form; else as the items of clients without forms.</param>
    public Element ToElement(bool byForm) => byForm
        ? new Element(Namespaces.Search, "query", ToForm().ToElement(), Page?.ToElement())
        : new Element(Namespaces.Search, "query", Hits.Select(hit => hit.ToItem()).ToArray(), Page?.ToElement());
}
