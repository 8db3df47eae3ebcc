using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.FileIndex;

/// <summary>
/// Who finds what an owner published: takes the place of all that was said before for that share, that file, or for everything the owner has. The most specific rule counts:
/// a file's own, else its share's visibility, else the owner's, else the index's; grants of owner and share add up.
/// </summary>
/// <param name="Share">Null: all shares of the owner.</param>
/// <param name="Path">One file of the share; null: all of it.</param>
/// <param name="Visibility">Null: no rule at this level.</param>
/// <param name="Grants">At most <see cref="MaxGrants"/>.</param>
public sealed record IndexAccess(string? Share, string? Path, Visibility? Visibility, IReadOnlyList<IndexGrant> Grants)
{
    public const int MaxGrants = 200;

    /// <summary>Members of one group.</summary>
    public const int MaxMembers = 1000;

    /// <summary>Characters of a group's name.</summary>
    public const int MaxGroupName = 200;

    /// <summary>Reads <c>access</c>; on false <paramref name="error"/> answers it.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out IndexAccess? access, [NotNullWhen(false)] out StanzaError? error)
    {
        access = null;
        error = null;
        var share = element.Attribute("share");
        var path = element.Attribute("path");
        var grants = new List<IndexGrant>();
        if (!element.Is(Namespaces.FileIndex, "access")) error = IndexErrors.Bad("no access");
        else if (share is not null && !IndexPaths.IsShare(share)) error = IndexErrors.BadPath;
        else if (path is not null && (share is null || !IndexPaths.IsPath(share, path))) error = IndexErrors.BadPath;
        else if (!IndexPublish.TryVisibility(element, out var visibility)) error = IndexErrors.Bad("no such visibility");
        else if (element.Children.Count() > MaxGrants) error = IndexErrors.TooMany($"{MaxGrants} grants at one time");
        else if (!element.ChildrenNamed(Namespaces.FileIndex, "grant").All(child => TryGrant(child, grants))) error = IndexErrors.Bad("a grant names an account, a domain or a group");
        else access = new IndexAccess(share, path, visibility, grants);
        return access is not null;
    }

    public Element ToElement() => new(
        Namespaces.FileIndex,
        "access",
        ("share", Share),
        ("path", Path),
        ("visibility", Visibility is { } given ? IndexPublish.Visibilities.ToWire(given) : null),
        Grants.Select(ToElement).ToArray());

    private static bool TryGrant(Element child, List<IndexGrant> grants)
    {
        if (Jid.TryParse(child.Attribute("jid"), out var jid) && jid.Local is not null) grants.Add(new IndexGrant.Account(jid.Bare));
        else if (Jid.TryParse(child.Attribute("domain"), out var domain) && domain.Local is null && !domain.IsFull) grants.Add(new IndexGrant.Domain(domain));
        else if (child.Attribute("group") is { Length: > 0 and <= MaxGroupName } group && TryMembers(child, out var members)) grants.Add(new IndexGrant.Group(group, members));
        else return false;
        return true;
    }

    private static bool TryMembers(Element group, out List<Jid> members)
    {
        members = [];
        foreach (var member in group.ChildrenNamed(Namespaces.FileIndex, "member"))
        {
            if (members.Count == MaxMembers || !Jid.TryParse(member.Attribute("jid"), out var jid)) return false;
            members.Add(jid.Bare);
        }

        return true;
    }

    private static Element ToElement(IndexGrant grant) => grant switch
    {
        IndexGrant.Account account => new Element(Namespaces.FileIndex, "grant", ("jid", account.Jid.ToString())),
        IndexGrant.Domain domain => new Element(Namespaces.FileIndex, "grant", ("domain", domain.Jid.ToString())),
        IndexGrant.Group group => new Element(
            Namespaces.FileIndex, "grant", ("group", group.Name), group.Members.Select(jid => new Element(Namespaces.FileIndex, "member", ("jid", jid.ToString()))).ToArray()),
        _ => throw new InvalidOperationException("the family is closed"),
    };
}
