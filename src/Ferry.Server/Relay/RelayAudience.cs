using Ferry.Protocol.Addressing;

namespace Ferry.Server.Relay;

/// <summary>Who may use the relay.</summary>
/// <param name="Addresses">A domain stands for all its accounts (exactly that domain, none below it), a bare JID for all its resources.</param>
/// <param name="Everybody">Open to the world.</param>
public sealed record RelayAudience(IReadOnlyList<Jid> Addresses, bool Everybody)
{
    /// <summary>What a relay is that nobody configured.</summary>
    public static RelayAudience Nobody { get; } = new([], Everybody: false);

    private readonly HashSet<Jid> _addresses = [.. Addresses];

    /// <summary>Whether <paramref name="who"/> is one of them.</summary>
    public bool Has(Jid who) => Everybody || _addresses.Contains(who) || _addresses.Contains(who.Bare) || _addresses.Contains(Jid.Parse(who.Domain));
}
