using Ferry.Protocol.Addressing;

namespace Ferry;

/// <summary>An entry of the account's roster (RFC 6121 section 2).</summary>
/// <param name="Jid">The contact's bare address.</param>
/// <param name="Name">The name that the user gave it, or null.</param>
/// <param name="Subscription"><c>none</c>, <c>to</c>, <c>from</c> or <c>both</c>: who sees whose presence.</param>
/// <param name="Pending">Whether our request to see its presence is still unanswered.</param>
public sealed record Contact(Jid Jid, string? Name, string Subscription, bool Pending);
