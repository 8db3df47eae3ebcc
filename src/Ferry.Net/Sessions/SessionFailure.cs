using Ferry.Protocol.Transfers;

namespace Ferry.Net.Sessions;

/// <summary>Why a session could not begin, or why it ended.</summary>
/// <param name="Reason">One of <c>connect</c>, <c>tls</c>, <c>auth</c>, <c>timeout</c>, <c>stream-lost</c>, <c>protocol</c>, <c>usage</c>.</param>
/// <param name="AtServer">Whether the server said or caused it; otherwise the network or this machine did.</param>
/// <param name="Message">One sentence for a person.</param>
/// <param name="Hint">What to do next, or null.</param>
public sealed record SessionFailure(FailureReason Reason, bool AtServer, string Message, string? Hint = null);
