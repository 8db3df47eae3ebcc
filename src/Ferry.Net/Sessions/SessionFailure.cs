using Ferry.Protocol.Dns;
using Ferry.Protocol.Transfers;

namespace Ferry.Net.Sessions;

/// <summary>Why a session could not begin, or why it ended.</summary>
/// <param name="Reason">One of <c>connect</c>, <c>tls</c>, <c>auth</c>, <c>timeout</c>, <c>stream-lost</c>, <c>protocol</c>, <c>usage</c>.</param>
/// <param name="AtServer">Whether the server said or caused it; otherwise the network or this machine did.</param>
/// <param name="Message">One sentence for a person.</param>
/// <param name="Hint">What to do next, or null.</param>
public sealed record SessionFailure(FailureReason Reason, bool AtServer, string Message, string? Hint = null)
{
    /// <summary>
    /// Whether the same attempt may succeed a while later. A server that starts again may break a handshake off; a wrong password or certificate stays
    /// wrong.
    /// </summary>
    public bool Passes { get; init; } =
        Reason is FailureReason.Connect or FailureReason.Timeout or FailureReason.StreamLost || (Reason == FailureReason.Tls && !AtServer);

    /// <summary>Where the server, proven to be the domain's, sends us instead (RFC 6120 section 4.9.3.19).</summary>
    internal ServerTarget? SeeOther { get; init; }
}
