using Ferry.Methods;
using Ferry.Methods.Tcp;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.JabberFs;
using Ferry.Transfers;

namespace Ferry.Offers.JabberFs;

/// <summary>The receiver's half of either flow, once there is a place for the file.</summary>
internal sealed class JabberFsIncoming(IncomingFile file, TransferReport report, IProgress<TransferProgress>? progress, TimeProvider time)
{
    private Outcome? _outcome;

    public IncomingFile File => file;

    /// <summary>Takes the bytes, compares them and gives the file its name.</summary>
    public async Task<JabberFsInput> MoveAsync(ByteChannel channel, CancellationToken cancellationToken)
    {
        _outcome = await file.ReceiveAsync(channel, report, progress, time, cancellationToken).ConfigureAwait(false);
        return _outcome.Succeeded ? new JabberFsInput.Transferred() : Failed(_outcome);
    }

    /// <summary>What became of that; where no byte had to come, this does it.</summary>
    public async Task<JabberFsInput> VerifyAsync(CancellationToken cancellationToken)
    {
        if (_outcome is null)
        {
            report.Attempt(RawTcp.Name, AttemptResult.Chosen, null);
            _outcome = await file.ReceiveAsync(new NothingChannel(), report, progress, time, cancellationToken).ConfigureAwait(false);
        }

        return _outcome.Succeeded ? new JabberFsInput.Verified([FileHash.Sha256(_outcome.Sha256!)]) : Failed(_outcome);
    }

    /// <summary>The outcome, once the run has ended.</summary>
    public Outcome End(JabberFsEnd end)
    {
        // A file that has its name stays, whatever was said afterwards.
        if (_outcome is { Succeeded: true } or { Failure.Reason: not FailureReason.Cancelled }) return _outcome;
        var ended = end.Ended ?? throw new InvalidOperationException("ended in order without a file");
        if (ended.Told == JabberFsAbort.PrefixMismatch) file.SetAside();
        var kept = file.Keep() || _outcome?.Failure?.Resumable == true;
        var (phase, bytes) = _outcome is null ? (Phase.Negotiating, 0) : (Phase.Transferring, _outcome.Bytes);
        return ended.Reason == FailureReason.Cancelled
            ? report.Cancelled(phase, bytes, kept)
            : report.Fail(ended.Reason, phase, end.Side, ended.Text, JabberFsRefusals.HintFor(ended.Reason), bytes, kept);
    }

    private static JabberFsInput.Failed Failed(Outcome outcome) =>
        new(outcome.Failure!.Reason, JabberFsRefusals.Tell(outcome.Failure.Reason), outcome.Failure.Message);
}
