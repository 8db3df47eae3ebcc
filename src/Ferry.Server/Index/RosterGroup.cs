using Ferry.Protocol.Addressing;

namespace Ferry.Server.Index;

/// <summary>A group of somebody's roster.</summary>
internal sealed record RosterGroup(Jid Owner, string Name);
