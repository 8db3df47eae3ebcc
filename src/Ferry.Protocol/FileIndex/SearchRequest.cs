using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Forms;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.FileIndex;

/// <summary>A search (XEP-0055), by form or by the four fields of clients without forms: <c>nick</c> the words, <c>first</c> a size, <c>last</c> a type, <c>email</c> words of the path.</summary>
/// <param name="Query">What is searched for; never empty.</param>
/// <param name="Page">Which page, or null.</param>
/// <param name="ByForm">The answer is a form, too.</param>
public sealed record SearchRequest(SearchQuery Query, ResultSetQuery? Page, bool ByForm)
{
    /// <summary>Hits of a page where nobody says how many.</summary>
    public const int UsualHits = 50;

    /// <summary>Hits of a page.</summary>
    public const int MaxHits = 500;

    private const string AnyKind = "any";

    /// <summary>The answer to a get: what can be searched for.</summary>
    public static Element Fields() => new(
        Namespaces.Search,
        "query",
        new Element(Namespaces.Search, "instructions", "Nick: words of the name, such as repor* or *part*. First: a size, such as >10MB. Last: a type, such as video. Email: words of the path."),
        new Element(Namespaces.Search, "first"),
        new Element(Namespaces.Search, "last"),
        new Element(Namespaces.Search, "nick"),
        new Element(Namespaces.Search, "email"),
        Form().ToElement());

    /// <summary>The form alone, for those who ask in another way, too.</summary>
    public static DataForm Form() => new(
        "form",
        [
            DataFormField.OfValues("FORM_TYPE", "hidden", Namespaces.Search),
            Labelled(DataFormField.OfValues("x-name", "text-single"), "Words of the name"),
            Labelled(new DataFormField("x-type", "list-single", [AnyKind], [AnyKind, .. FileKinds.All]), "Type"),
            Labelled(DataFormField.OfValues("x-minsize", "text-single"), "At least (such as 10MB)"),
            Labelled(DataFormField.OfValues("x-maxsize", "text-single"), "At most"),
            Labelled(DataFormField.OfValues("x-hash", "text-single"), "Hash (hexadecimal)"),
            Labelled(DataFormField.OfValues("x-owner", "jid-single"), "Owner"),
            Labelled(DataFormField.OfValues("x-online", "boolean", "0"), "Only of those who are online"),
        ])
    {
        Title = "Search for files",
        Instructions = "All words must match; repor* is the beginning of a word, *part* a part of the name.",
    };

    /// <summary>Reads a search; on false <paramref name="error"/> answers it.</summary>
    public static bool TryParse(Element query, [NotNullWhen(true)] out SearchRequest? request, [NotNullWhen(false)] out StanzaError? error)
    {
        request = null;
        error = IndexErrors.Bad("no search");
        if (!query.Is(Namespaces.Search, "query") || !ResultSetQuery.TryFind(query, out var page)) return false;
        error = page is { Max: > MaxHits } ? IndexErrors.TooMany($"{MaxHits} hits at one time") : null;
        if (error is not null) return false;
        var form = query.Child(Namespaces.DataForms, "x") is { } x && DataForm.TryParse(x, out var given) ? given : null;
        var (search, problem) = form is null ? ReadFields(query) : Read(form);
        if (search is null) error = IndexErrors.Bad(problem!);
        else if (!search.IsIndexed) error = IndexErrors.Empty;
        else request = new SearchRequest(search, page, form is not null);
        return request is not null;
    }

    /// <summary>Reads a form that was filled in; null and what is wrong with it where it is none.</summary>
    public static (SearchQuery? Query, string? Problem) Read(DataForm form)
    {
        if (form.Value("FORM_TYPE") is { } type && type != Namespaces.Search) return (null, "that is another form");
        var (query, problem) = SearchWords.Parse(form.Value("x-name") ?? form.Value("nick") ?? "");
        if (query is null) return (null, problem);
        if (Given("x-type", AnyKind) is { } wanted)
        {
            var (typed, wrong) = SearchWords.Add(query, "type:" + wanted);
            if (typed is null || wanted.Any(char.IsWhiteSpace)) return (null, wrong ?? "no such type");
            query = typed;
        }

        if (Given("x-minsize") is { } least)
        {
            if (!SearchWords.TrySize(least, out var bytes)) return (null, "the least size is none");
            query = query with { MinSize = bytes };
        }

        if (Given("x-maxsize") is { } most)
        {
            if (!SearchWords.TrySize(most, out var bytes)) return (null, "the greatest size is none");
            query = query with { MaxSize = bytes };
        }

        if (Given("x-hash") is { } value)
        {
            if (SearchWords.Hash(value) is not { } hash) return (null, "the hash is none");
            query = query with { Hash = hash };
        }

        if (Given("x-owner") is { } address)
        {
            if (!Jid.TryParse(address, out var owner)) return (null, "the owner is no address");
            query = query with { Owner = owner.Bare };
        }

        return Given("x-online") is "1" or "true" ? (query with { Online = true }, null) : (query, null);

        string? Given(string name, string nothing = "") => form.Value(name)?.Trim() is { Length: > 0 } text && text != nothing ? text : null;
    }

    /// <summary>The search as a form that is filled in.</summary>
    public static Element Submit(SearchQuery query, string words, ResultSetQuery? page)
    {
        List<DataFormField> fields = [DataFormField.OfValues("FORM_TYPE", "hidden", Namespaces.Search), DataFormField.OfValues("x-name", null, words)];
        if (query.Kind is { } kind) fields.Add(DataFormField.OfValues("x-type", null, FileKinds.ToWire(kind)));
        else if (query.MediaType is { } type) fields.Add(DataFormField.OfValues("x-type", null, type));
        if (query.MinSize is { } least) fields.Add(DataFormField.OfValues("x-minsize", null, IndexPublish.Number(least)));
        if (query.MaxSize is { } most) fields.Add(DataFormField.OfValues("x-maxsize", null, IndexPublish.Number(most)));
        if (query.Hash is { } hash) fields.Add(DataFormField.OfValues("x-hash", null, $"{hash.Algorithm}:{hash.Hex}"));
        if (query.Owner is { } owner) fields.Add(DataFormField.OfValues("x-owner", null, owner.ToString()));
        if (query.Online) fields.Add(DataFormField.OfValues("x-online", null, "1"));
        return new Element(Namespaces.Search, "query", new DataForm("submit", fields).ToElement(), page?.ToElement());
    }

    private static (SearchQuery? Query, string? Problem) ReadFields(Element query)
    {
        var words = Field("nick") + " " + Field("email");
        if (Field("last") is { Length: > 0 } type) words += " type:" + type;
        if (Field("first") is { Length: > 0 } size) words += " size:" + size.Replace(" ", "", StringComparison.Ordinal);
        return SearchWords.Parse(words);

        string Field(string name) => query.Child(Namespaces.Search, name)?.Text.Trim() ?? "";
    }

    private static DataFormField Labelled(DataFormField field, string label) => field with { Label = label };
}
