using Ferry.Protocol.Addressing;

namespace Ferry.Protocol.FileIndex;

/// <summary>Somebody who finds what is visible to those who were granted it.</summary>
public abstract record IndexGrant
{
    private IndexGrant()
    {
    }

    /// <summary>One account.</summary>
    public sealed record Account(Jid Jid) : IndexGrant;

    /// <summary>All accounts of exactly this domain.</summary>
    public sealed record Domain(Jid Jid) : IndexGrant;

    /// <summary>Those in the owner's roster group. <paramref name="Members"/> is what the owner's client says of it; an index beside the accounts' server knows rosters itself.</summary>
    public sealed record Group(string Name, IReadOnlyList<Jid> Members) : IndexGrant
    {
        public bool Equals(Group? other) => other is not null && other.Name == Name && other.Members.SequenceEqual(Members);

        public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
    }
}
