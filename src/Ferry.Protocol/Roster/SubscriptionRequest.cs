namespace Ferry.Protocol.Roster;

/// <summary>The four presence types that manage subscriptions (RFC 6121 section 3).</summary>
public enum SubscriptionRequest
{
    /// <summary>May I see you?</summary>
    Subscribe,

    /// <summary>You may see me.</summary>
    Subscribed,

    /// <summary>I no longer want to see you.</summary>
    Unsubscribe,

    /// <summary>You may not, or no longer, see me.</summary>
    Unsubscribed,
}
