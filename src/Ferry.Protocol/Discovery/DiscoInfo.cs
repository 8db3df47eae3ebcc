using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Forms;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Discovery;

/// <summary>What an entity is and can do: the answer to disco#info (XEP-0030 section 3, forms by XEP-0128).</summary>
/// <param name="Identities">What it is, in the order sent.</param>
/// <param name="Features">What it can do, in the order sent; duplicates are kept, since they make the answer ill-formed for caps.</param>
/// <param name="Forms">Extended information.</param>
/// <param name="Node">The node that was asked about, or null.</param>
public sealed record DiscoInfo(
    IReadOnlyList<DiscoIdentity> Identities, IReadOnlyList<string> Features, IReadOnlyList<DataForm> Forms, string? Node = null)
{
    /// <summary>The request for it.</summary>
    public static Element Query(string? node = null) => new(Namespaces.DiscoInfo, "query", ("node", node));

    /// <summary>Whether the entity announces that feature.</summary>
    public bool Has(string feature) => Features.Contains(feature, StringComparer.Ordinal);

    /// <summary>Whether the entity says that it is of that category and type.</summary>
    public bool IsOf(string category, string type) => Identities.Any(identity => identity.Category == category && identity.Type == type);

    /// <summary>Reads <c>query</c>; false when it is another element. Identities and features without their attributes are left out.</summary>
    public static bool TryParse(Element? query, [NotNullWhen(true)] out DiscoInfo? info)
    {
        info = null;
        if (query is null || !query.Is(Namespaces.DiscoInfo, "query")) return false;
        var identities = new List<DiscoIdentity>();
        foreach (var identity in query.ChildrenNamed(Namespaces.DiscoInfo, "identity"))
        {
            if (identity.Attribute("category") is not { Length: > 0 } category || identity.Attribute("type") is not { } type) continue;
            identities.Add(new DiscoIdentity(category, type, identity.Attribute("name"), identity.Attribute(Namespaces.Xml, "lang")));
        }

        var features = query.ChildrenNamed(Namespaces.DiscoInfo, "feature").Select(feature => feature.Attribute("var") ?? "")
            .Where(feature => feature.Length > 0).ToList();
        var forms = new List<DataForm>();
        foreach (var child in query.Children)
        {
            if (DataForm.TryParse(child, out var form)) forms.Add(form);
        }

        info = new DiscoInfo(identities, features, forms, query.Attribute("node"));
        return true;
    }

    public Element ToElement() => new(
        Namespaces.DiscoInfo,
        "query",
        ("node", Node),
        Identities.Select(ToElement).ToArray(),
        Features.Select(feature => new Element(Namespaces.DiscoInfo, "feature", ("var", feature))).ToArray(),
        Forms.Select(form => form.ToElement()).ToArray());

    private static Element ToElement(DiscoIdentity identity) => new(
        Namespaces.DiscoInfo,
        "identity",
        ("category", identity.Category),
        ("type", identity.Type),
        ("name", identity.Name),
        identity.Language is null ? default(ElementPart) : new ElementAttribute(Namespaces.Xml, "lang", identity.Language));
}
