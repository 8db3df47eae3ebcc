namespace Ferry.Protocol.Roster;

/// <summary>
/// What one account knows of one contact, and how the requests of either change it: RFC 6121 appendix A as rules over four facts instead of
/// its nine names. "Out" is what the owner of the roster sends, "in" what arrives from the contact. A pure value.
/// </summary>
/// <param name="To">The owner sees the contact.</param>
/// <param name="From">The contact sees the owner.</param>
/// <param name="PendingOut">The owner asked and has no answer.</param>
/// <param name="PendingIn">The contact asked and has no answer.</param>
public readonly record struct SubscriptionState(bool To, bool From, bool PendingOut, bool PendingIn)
{
    private static readonly KebabNames<SubscriptionRequest> Names = new();

    /// <summary>As the roster shows it. A pending request of the contact is not shown (appendix A.1).</summary>
    public Subscription Subscription => (To, From) switch
    {
        (true, true) => Subscription.Both,
        (true, false) => Subscription.To,
        (false, true) => Subscription.From,
        _ => Subscription.None,
    };

    /// <summary>Whether a presence type is a request about subscriptions, and which.</summary>
    public static bool TryParse(string? presenceType, out SubscriptionRequest request) => Names.TryParse(presenceType, out request);

    /// <summary>The presence type of a request.</summary>
    public static string TypeOf(SubscriptionRequest request) => Names.ToWire(request);

    /// <summary>The owner sends <paramref name="request"/> (appendix A.2). Not passed on where it would say nothing new to the contact.</summary>
    public (SubscriptionState State, bool PassOn) Out(SubscriptionRequest request) => request switch
    {
        SubscriptionRequest.Subscribe => (this with { PendingOut = !To }, true),
        SubscriptionRequest.Unsubscribe => (this with { To = false, PendingOut = false }, true),
        SubscriptionRequest.Subscribed => PendingIn ? (this with { From = true, PendingIn = false }, true) : (this, false),
        _ => (this with { From = false, PendingIn = false }, From || PendingIn),
    };

    /// <summary>
    /// <paramref name="request"/> arrives from the contact (appendix A.3). Not delivered where it changes nothing; a repeated
    /// <c>subscribe</c> of somebody who sees the owner already is answered by the server itself.
    /// </summary>
    public (SubscriptionState State, bool Deliver, bool AnswerSubscribed) In(SubscriptionRequest request) => request switch
    {
        SubscriptionRequest.Subscribe => From ? (this, false, true) : (this with { PendingIn = true }, !PendingIn, false),
        SubscriptionRequest.Unsubscribe => (this with { From = false, PendingIn = false }, From || PendingIn, false),
        SubscriptionRequest.Subscribed => PendingOut ? (this with { To = true, PendingOut = false }, true, false) : (this, false, false),
        _ => (this with { To = false, PendingOut = false }, To || PendingOut, false),
    };
}
