using Ferry.Contacts;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;

namespace Ferry.Sharing;

/// <summary>Who may see and have what is shared. Decided anew for every question, from rules and roster as they are then; costs a few look-ups.</summary>
/// <param name="rules">Who may, besides the own account.</param>
/// <param name="roster">The groups.</param>
/// <param name="own">The own address.</param>
internal sealed class ShareAudience(IReadOnlyList<ShareRule> rules, Roster roster, Func<Jid> own)
{
    private readonly HashSet<Jid> _accounts = [.. rules.OfType<ShareRule.Account>().Select(rule => rule.Jid.Bare)];
    private readonly HashSet<Jid> _domains = [.. rules.OfType<ShareRule.Domain>().Select(rule => rule.Jid)];
    private readonly string[] _groups = [.. rules.OfType<ShareRule.Group>().Select(rule => rule.Name).Distinct(StringComparer.Ordinal)];

    /// <summary>Whether somebody is one of them. The own account always is.</summary>
    public bool Has(Jid asker)
    {
        if (asker.Local is null) return false; // servers and services ask for nobody
        return asker.Bare == own().Bare || _accounts.Contains(asker.Bare) || (_domains.Count > 0 && _domains.Contains(Jid.Parse(asker.Domain))) || roster.IsInGroup(asker, _groups);
    }

    /// <summary>The same for an index: what it shows to whom.</summary>
    public IReadOnlyList<IndexGrant> Grants() =>
    [
        .. _accounts.Select(jid => new IndexGrant.Account(jid)),
        .. _domains.Select(jid => new IndexGrant.Domain(jid)),
        .. _groups.Select(name => new IndexGrant.Group(name, [.. roster.MembersOf(name).Take(IndexAccess.MaxMembers)])),
    ];
}
