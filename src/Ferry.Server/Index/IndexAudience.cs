using Ferry.Protocol.Addressing;

namespace Ferry.Server.Index;

/// <summary>Who may use the index.</summary>
/// <param name="Addresses">A domain stands for all its accounts (exactly that domain, none below it), a bare JID for all its resources.</param>
/// <param name="Everybody">Open to the world.</param>
public sealed record IndexAudience(IReadOnlyList<Jid> Addresses, bool Everybody)
{
    private readonly HashSet<Jid> _addresses = [.. Addresses];

    /// <summary>What an index is that nobody configured.</summary>
    public static IndexAudience Nobody { get; } = new([], Everybody: false);

    /// <summary>Whether <paramref name="who"/>, an account, is one of them.</summary>
    public bool Has(Jid who) => who.Local is not null && (Everybody || _addresses.Contains(who.Bare) || _addresses.Contains(Jid.Parse(who.Domain)));
}
