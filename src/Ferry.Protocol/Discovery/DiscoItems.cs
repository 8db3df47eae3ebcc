using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Discovery;

/// <summary>What belongs to an entity: the answer to disco#items (XEP-0030 section 4).</summary>
/// <param name="Items">The items in the order sent.</param>
/// <param name="Node">The node that was asked about, or null.</param>
public sealed record DiscoItems(IReadOnlyList<DiscoItem> Items, string? Node = null)
{
    /// <summary>The request for it.</summary>
    public static Element Query(string? node = null) => new(Namespaces.DiscoItems, "query", ("node", node));

    /// <summary>Reads <c>query</c>; false when it is another element. Items whose address is none are left out.</summary>
    public static bool TryParse(Element? query, [NotNullWhen(true)] out DiscoItems? items)
    {
        items = null;
        if (query is null || !query.Is(Namespaces.DiscoItems, "query")) return false;
        var found = new List<DiscoItem>();
        foreach (var item in query.ChildrenNamed(Namespaces.DiscoItems, "item"))
        {
            if (Jid.TryParse(item.Attribute("jid"), out var jid)) found.Add(new DiscoItem(jid, item.Attribute("node"), item.Attribute("name")));
        }

        items = new DiscoItems(found, query.Attribute("node"));
        return true;
    }

    public Element ToElement() => new(
        Namespaces.DiscoItems,
        "query",
        ("node", Node),
        Items.Select(item => new Element(
            Namespaces.DiscoItems, "item", ("jid", item.Jid.ToString()), ("node", item.Node), ("name", item.Name))).ToArray());
}
