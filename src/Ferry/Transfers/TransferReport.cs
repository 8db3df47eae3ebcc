using Ferry.Protocol.Addressing;

namespace Ferry.Transfers;

/// <summary>Makes the one <see cref="Outcome"/> of a transfer, and passes on what happens meanwhile.</summary>
internal sealed class TransferReport(string transfer, Jid peer, string name, string offer, TimeProvider time, IProgress<Attempt>? attempts)
{
    private readonly long _began = time.GetTimestamp();

    /// <summary>The transfer's id.</summary>
    public string Transfer => transfer;

    /// <summary>The peer, as far as it is known by now.</summary>
    public Jid Peer { get; set; } = peer;

    /// <summary>The method that was tried last.</summary>
    public string? Method { get; private set; }

    /// <summary>Where the bytes begin, counted from the file's start.</summary>
    public long ResumedFrom { get; set; }

    /// <summary>One way was tried.</summary>
    public void Attempt(string method, AttemptResult result, string? reason)
    {
        if (result == AttemptResult.Chosen) Method = method;
        attempts?.Report(new Attempt(transfer, offer, method, result, reason));
    }

    /// <summary>A failure.</summary>
    public Outcome Fail(FailureReason reason, Phase phase, Side side, string message, string? hint = null, long bytes = 0, bool resumable = false) =>
        Fail(new Failure(reason, phase, side, message, hint, resumable), bytes);

    /// <summary>A failure.</summary>
    public Outcome Fail(Failure failure, long bytes = 0) => new()
    {
        Transfer = transfer,
        Peer = Peer,
        Name = name,
        Failure = failure,
        Offer = offer,
        Method = Method,
        Bytes = bytes,
        ResumedFrom = ResumedFrom,
        Duration = time.GetElapsedTime(_began),
    };

    /// <summary>Cancelled by the caller.</summary>
    public Outcome Cancelled(Phase phase, long bytes = 0, bool resumable = false) =>
        Fail(FailureReason.Cancelled, phase, Side.Here, "cancelled", null, bytes, resumable);

    /// <summary>The file went across.</summary>
    public Outcome Done(long bytes, byte[] sha256, string? path, string? verifiedBy) => new()
    {
        Transfer = transfer,
        Peer = Peer,
        Name = path is null ? name : System.IO.Path.GetFileName(path),
        Path = path,
        Bytes = bytes,
        ResumedFrom = ResumedFrom,
        Sha256 = Convert.ToHexStringLower(sha256),
        Offer = offer,
        Method = Method,
        VerifiedBy = verifiedBy,
        Duration = time.GetElapsedTime(_began),
    };
}
