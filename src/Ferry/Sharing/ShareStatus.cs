using Ferry.Protocol.Addressing;

namespace Ferry.Sharing;

/// <summary>How sharing stands.</summary>
/// <param name="Kind">What changed.</param>
/// <param name="Files">Files that are shared now.</param>
/// <param name="Index">The index that it is about, or null.</param>
/// <param name="Problem">For a person: why the index takes nothing, or what is not shared.</param>
public sealed record ShareStatus(ShareStatusKind Kind, int Files, Jid? Index = null, string? Problem = null);
