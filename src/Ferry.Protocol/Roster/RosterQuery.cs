using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Roster;

/// <summary>
/// The payload of roster iqs (RFC 6121 section 2): empty in a get; the whole roster in its result; exactly one item in a set, from a client
/// as well as in a server's push. A push counts only when its <c>from</c> is absent or the account itself (section 2.1.6): the caller checks.
/// </summary>
/// <param name="Items">The items.</param>
/// <param name="Version">The roster's version (section 2.6), or null.</param>
public sealed record RosterQuery(IReadOnlyList<RosterItem> Items, string? Version = null)
{
    /// <summary>The question for the whole roster.</summary>
    public static RosterQuery Ask { get; } = new([]);

    /// <summary>The set or push of one item.</summary>
    public static RosterQuery Of(RosterItem item) => new([item]);

    /// <summary>Reads a <c>query</c>. False: another element, or an item in it that cannot be read.</summary>
    public static bool TryParse(Element? element, [NotNullWhen(true)] out RosterQuery? query)
    {
        query = null;
        if (element is null || !element.Is(Namespaces.Roster, "query")) return false;
        var items = new List<RosterItem>();
        foreach (var child in element.ChildrenNamed(Namespaces.Roster, "item"))
        {
            if (!RosterItem.TryParse(child, out var item)) return false;
            items.Add(item);
        }

        query = new RosterQuery(items, element.Attribute("ver"));
        return true;
    }

    public Element ToElement() => new(Namespaces.Roster, "query", ("ver", Version), Items.Select(item => item.ToElement()).ToArray());
}
