using Ferry.Protocol.Addressing;

namespace Ferry.Protocol.Discovery;

/// <summary>Something that belongs to an entity (XEP-0030 section 4).</summary>
/// <param name="Jid">Its address.</param>
/// <param name="Node">Its node at that address, or null.</param>
/// <param name="Name">A name for people, or null. Untrusted.</param>
public sealed record DiscoItem(Jid Jid, string? Node = null, string? Name = null);
