namespace Ferry.Protocol.Roster;

/// <summary>Who sees whose presence, as a roster item says it (RFC 6121 section 2.1.2.5).</summary>
public enum Subscription
{
    /// <summary>Neither sees the other.</summary>
    None,

    /// <summary>The owner of the roster sees the contact.</summary>
    To,

    /// <summary>The contact sees the owner of the roster.</summary>
    From,

    /// <summary>Each sees the other.</summary>
    Both,

    /// <summary>In a set: take the item away. In a push: it is gone.</summary>
    Remove,
}
