using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Roster;

/// <summary>One contact of a roster (RFC 6121 section 2.1.2).</summary>
/// <param name="Jid">The contact; a bare address as a rule, a full one is possible.</param>
/// <param name="Name">The owner's own name for the contact, or null. Untrusted.</param>
/// <param name="Subscription">Who sees whom. A set that adds or changes an item leaves it at none: the server decides it.</param>
/// <param name="Asked">A request of the owner is not answered yet (<c>ask='subscribe'</c>).</param>
/// <param name="Groups">The owner's groups; each once.</param>
public sealed record RosterItem(Jid Jid, string? Name, Subscription Subscription, bool Asked, IReadOnlyList<string> Groups)
{
    private static readonly KebabNames<Subscription> Names = new();

    /// <summary>An item as a client sets it.</summary>
    public RosterItem(Jid jid, string? name = null) : this(jid, name, Subscription.None, Asked: false, [])
    {
    }

    /// <summary>Reads an <c>item</c>. False: another element, no address or none that is one, an unknown subscription.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out RosterItem? item)
    {
        item = null;
        if (!element.Is(Namespaces.Roster, "item") || !Jid.TryParse(element.Attribute("jid"), out var jid)) return false;
        var subscription = Subscription.None;
        if (element.Attribute("subscription") is { } named && !Names.TryParse(named, out subscription)) return false;
        var name = element.Attribute("name") is { Length: > 0 } given ? given : null;
        var groups = element.ChildrenNamed(Namespaces.Roster, "group").Select(group => group.Text)
            .Where(group => group.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        item = new RosterItem(jid, name, subscription, element.Attribute("ask") == "subscribe", groups);
        return true;
    }

    public Element ToElement() => new(
        Namespaces.Roster,
        "item",
        ("jid", Jid.ToString()),
        ("name", Name),
        ("subscription", Names.ToWire(Subscription)),
        ("ask", Asked ? "subscribe" : null),
        Groups.Select(group => new Element(Namespaces.Roster, "group", group)).ToArray());
}
