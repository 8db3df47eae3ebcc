using System.Diagnostics;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Microsoft.Extensions.Logging;

namespace Ferry.Transfers;

/// <summary>
/// Makes the one <see cref="Outcome"/> of a transfer, passes on what happens meanwhile, and tells log and telemetry of the end.
/// </summary>
/// <param name="direction">Whether the file goes out or comes in.</param>
/// <param name="transfer">The transfer's id.</param>
/// <param name="peer">The peer, as far as it is known.</param>
/// <param name="name">The file's name.</param>
/// <param name="offer">The name of the kind of offer.</param>
/// <param name="time">The time.</param>
/// <param name="logger">Hears of the end.</param>
/// <param name="attempts">Hears of the ways that are tried.</param>
/// <param name="whyLost">Why the session with our server was lost last.</param>
internal sealed class TransferReport(
    TransferDirection direction, string transfer, Jid peer, string name, string offer, TimeProvider time, ILogger logger, IProgress<Attempt>? attempts,
    Func<SessionFailure?> whyLost)
{
    private readonly Activity? _activity = FerryTelemetry.Begin(direction, transfer, offer);
    private long _began = time.GetTimestamp();
    private bool _ended;

    /// <summary>The transfer's id.</summary>
    public string Transfer => transfer;

    /// <summary>What the file is called; of one that is asked for by its hash only its sender knows.</summary>
    public string Name { get; set; } = name;

    /// <summary>The name of the kind of offer that is made; another one may follow.</summary>
    public string Offer { get; set; } = offer;

    /// <summary>The peer, as far as it is known by now.</summary>
    public Jid Peer { get; set; } = peer;

    /// <summary>The method that was tried last.</summary>
    public string? Method { get; private set; }

    /// <summary>Where the bytes begin, counted from the file's start.</summary>
    public long ResumedFrom { get; set; }

    /// <summary>Both sides want the file: what people and finding took before does not count as the transfer's time.</summary>
    public void Agreed() => _began = time.GetTimestamp();

    /// <summary>One way was tried.</summary>
    public void Attempt(string method, AttemptResult result, string? reason)
    {
        if (result == AttemptResult.Chosen) Method = method;
        logger.LogDebug("transfer {Transfer}: {Method} {Result} {Reason}", transfer, method, result, reason);
        Tell(attempts, new Attempt(transfer, Offer, method, result, reason));
    }

    /// <summary>Tells a listener of the caller's. What it throws is logged and harms nobody: it would end a timer's thread, or the transfer.</summary>
    public void Tell<T>(IProgress<T>? listener, T value)
    {
        try
        {
            listener?.Report(value);
        }
        catch (Exception theirs)
        {
            logger.LogWarning(theirs, "transfer {Transfer}: a listener of {Event} failed", transfer, typeof(T).Name);
        }
    }

    /// <summary>A failure.</summary>
    public Outcome Fail(FailureReason reason, Phase phase, Side side, string message, string? hint = null, long bytes = 0, bool resumable = false) =>
        Fail(new Failure(reason, phase, side, message, hint, resumable), bytes);

    /// <summary>A failure.</summary>
    public Outcome Fail(Failure failure, long bytes = 0) => End(new Outcome
    {
        Transfer = transfer,
        Peer = Peer,
        Name = Name,
        Failure = WithCause(failure),
        Offer = Offer,
        Method = Method,
        Bytes = bytes,
        ResumedFrom = ResumedFrom,
        Duration = time.GetElapsedTime(_began),
    });

    /// <summary>Cancelled by the caller.</summary>
    public Outcome Cancelled(Phase phase, long bytes = 0, bool resumable = false) =>
        Fail(FailureReason.Cancelled, phase, Side.Here, "cancelled", null, bytes, resumable);

    /// <summary>The file went across.</summary>
    public Outcome Done(long bytes, byte[] sha256, string? path, string? verifiedBy) => End(new Outcome
    {
        Transfer = transfer,
        Peer = Peer,
        Name = direction == TransferDirection.Send || path is null ? Name : System.IO.Path.GetFileName(path),
        Path = path,
        Bytes = bytes,
        ResumedFrom = ResumedFrom,
        Sha256 = Convert.ToHexStringLower(sha256),
        Offer = Offer,
        Method = Method,
        VerifiedBy = verifiedBy,
        Duration = time.GetElapsedTime(_began),
    });

    // Whatever lost its stream knows no more than that; a person wants to know what happened to it.
    private Failure WithCause(Failure failure) =>
        failure is { Reason: FailureReason.StreamLost, Side: Side.Server } && whyLost() is { } why && !failure.Message.EndsWith(why.Message, StringComparison.Ordinal)
            ? failure with { Message = $"{failure.Message}: {why.Message}", Hint = failure.Hint ?? why.Hint }
            : failure;

    // An outcome may be made anew on its way out (a second kind of offer); the first one is what ended the attempt.
    private Outcome End(Outcome outcome)
    {
        if (_ended) return outcome;
        _ended = true;
        FerryTelemetry.End(direction, _activity, outcome);
        if (outcome.Failure is { } failure)
        {
            logger.LogInformation(
                "transfer {Transfer} {Direction} {Name}: {Reason} while {Phase} after {Bytes} bytes: {Message}",
                transfer, direction, Name, failure.Reason.Name(), failure.Phase, outcome.Bytes, failure.Message);
        }
        else
        {
            logger.LogInformation(
                "transfer {Transfer} {Direction} {Name}: done, {Bytes} bytes by {Method} in {Seconds:0.0} s",
                transfer, direction, Name, outcome.Bytes, outcome.Method, outcome.Duration.TotalSeconds);
        }

        return outcome;
    }
}
