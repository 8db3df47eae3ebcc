using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;

namespace Ferry.Sharing;

/// <summary>Somebody who may see and have what is shared. The own account always may; nobody else does without a rule.</summary>
public abstract record ShareRule
{
    private const string GroupPrefix = "group:";
    private const int MaxGroupName = 200;

    private ShareRule()
    {
    }

    /// <summary>Reads <c>name@example.org</c>, <c>example.org</c> or <c>group:NAME</c>. A resource is refused: it proves nothing.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ShareRule? rule)
    {
        rule = null;
        if (text is null) return false;
        if (text.StartsWith(GroupPrefix, StringComparison.Ordinal))
        {
            var name = text[GroupPrefix.Length..];
            if (name.Length is > 0 and <= MaxGroupName) rule = new Group(name);
        }
        else if (Jid.TryParse(text, out var jid) && !jid.IsFull)
        {
            rule = jid.Local is null ? new Domain(jid) : new Account(jid);
        }

        return rule is not null;
    }

    /// <summary>One account, by whichever resource.</summary>
    /// <param name="Jid">Its bare address.</param>
    public sealed record Account(Jid Jid) : ShareRule;

    /// <summary>All accounts of exactly this domain, none of those below it.</summary>
    /// <param name="Jid">The domain.</param>
    public sealed record Domain(Jid Jid) : ShareRule;

    /// <summary>The contacts in this group of the own roster, as it is at the moment.</summary>
    /// <param name="Name">The group's name, compared as it is.</param>
    public sealed record Group(string Name) : ShareRule;
}
