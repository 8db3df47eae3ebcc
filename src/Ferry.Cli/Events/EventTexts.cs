using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Events;

/// <summary>Turns the library's values into events.</summary>
internal static class EventTexts
{
    public static AttemptEvent ToEvent(this Attempt attempt) =>
        new(attempt.Transfer, attempt.Offer, attempt.Method, attempt.Result.Name(), attempt.Reason);

    public static ProgressEvent ToEvent(this TransferProgress progress) =>
        new(progress.Transfer, progress.Bytes, progress.Total, (long)Math.Max(0, progress.Rate), progress.Method, progress.Stalled is { } time ? Rounded(time) : null);

    /// <summary><c>done</c> or <c>failed</c>.</summary>
    public static FerryEvent ToEvent(this Outcome outcome) =>
        outcome.Failure is { } failure
            ? failure.ToEvent(outcome.Transfer, outcome.Peer, outcome.Name, outcome.Bytes)
            : new DoneEvent(
                outcome.Transfer,
                outcome.Peer.ToString(),
                outcome.Name,
                outcome.Path,
                outcome.Bytes,
                outcome.Sha256,
                outcome.Offer,
                outcome.Method,
                outcome.Verified,
                outcome.VerifiedBy,
                outcome.ResumedFrom,
                Rounded(outcome.Duration));

    public static FailedEvent ToEvent(this Failure failure, string? transfer = null, Jid? peer = null, string? name = null, long bytes = 0) =>
        new(transfer, peer?.ToString(), name, failure.Reason.Name(), failure.Phase.Name(), failure.Side.Name(), failure.Message, failure.Hint, bytes, failure.Resumable)
        {
            Resources = failure.Resources is { } resources ? [.. resources.Select(jid => jid.ToString())] : null,
        };

    public static string Name(this Phase phase) => phase.ToString().ToLowerInvariant();

    public static string Name(this Side side) => side.ToString().ToLowerInvariant();

    public static string Name(this AttemptResult result) => result.ToString().ToLowerInvariant();

    private static double Rounded(TimeSpan time) => Math.Round(time.TotalSeconds, 3);
}
