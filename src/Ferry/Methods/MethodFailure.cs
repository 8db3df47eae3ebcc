namespace Ferry.Methods;

/// <summary>Why a method did not yield a stream, or why its stream ended before its time.</summary>
/// <param name="Reason">From the closed list.</param>
/// <param name="Side">Where the cause lies.</param>
/// <param name="Text">For a person.</param>
/// <param name="RefusedByPeer">The peer said no to this method, rather than that it did not work.</param>
/// <param name="LateAnswer">Completes when a request that is still open is answered after all; null when none is.</param>
internal sealed record MethodFailure(FailureReason Reason, Side Side, string Text, bool RefusedByPeer = false, Task? LateAnswer = null);
