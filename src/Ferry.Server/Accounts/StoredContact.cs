using Ferry.Protocol.Addressing;
using Ferry.Protocol.Roster;

namespace Ferry.Server.Accounts;

/// <summary>What one account knows of one contact.</summary>
/// <param name="Jid">The contact, bare.</param>
/// <param name="Name">The owner's name for it.</param>
/// <param name="Groups">The owner's groups.</param>
/// <param name="State">Who sees whom, and what is asked.</param>
/// <param name="Listed">Shown in the roster. Not so: only an open request of the contact is kept.</param>
/// <param name="Request">The contact's open request as it came, or null.</param>
internal sealed record StoredContact(
    Jid Jid, string? Name, IReadOnlyList<string> Groups, SubscriptionState State, bool Listed, string? Request)
{
    public static StoredContact Unknown(Jid jid) => new(jid, null, [], default, Listed: false, null);

    /// <summary>Nothing is left to keep.</summary>
    public bool IsEmpty => !Listed && State == default;

    public RosterItem ToItem() => new(Jid, Name, State.Subscription, State.PendingOut, Groups);
}
