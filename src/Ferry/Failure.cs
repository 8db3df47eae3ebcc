using Ferry.Protocol.Addressing;

namespace Ferry;

/// <summary>Why a transfer did not succeed, in a form for programs and for people.</summary>
/// <param name="Reason">From the closed list.</param>
/// <param name="Phase">How far it had come.</param>
/// <param name="Side">Where the cause lies.</param>
/// <param name="Message">One sentence for a person: what happened and where.</param>
/// <param name="Hint">What to do next, or null.</param>
/// <param name="Resumable">Whether a partial file was kept from which a later attempt can go on.</param>
/// <param name="Resources">With <see cref="FailureReason.AmbiguousPeer"/>: the full addresses to choose from.</param>
public sealed record Failure(
    FailureReason Reason,
    Phase Phase,
    Side Side,
    string Message,
    string? Hint = null,
    bool Resumable = false,
    IReadOnlyList<Jid>? Resources = null);
