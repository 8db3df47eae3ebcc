using Ferry.Methods;
using Ferry.Methods.Tcp;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.JabberFs;
using Ferry.Protocol.StreamInitiation;
using Ferry.Transfers;

namespace Ferry.Offers.JabberFs;

/// <summary>
/// The sender's half of either flow: the bytes go out, then the receiver's word is waited for, and what it says the file hashes to is compared.
/// </summary>
internal sealed class JabberFsOutgoing(OutgoingFile file, TransferReport report, IProgress<TransferProgress>? progress, TimeProvider time, bool offeredHash)
{
    // Where a hash of the file went to the receiver, its word says that it agreed.
    private readonly bool _offeredHash = offeredHash;
    private readonly TaskCompletionSource _across = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<Outcome>? _sending;

    /// <summary>Moves the bytes; the transfer itself goes on until <paramref name="run"/> has ended.</summary>
    public async Task<JabberFsInput> MoveAsync(JabberFsRun run, ByteChannel channel, long start, CancellationToken cancellationToken)
    {
        _sending = SendAsync(run, channel, start, cancellationToken);
        await Task.WhenAny(_sending, _across.Task).ConfigureAwait(false);
        if (_across.Task.IsCompleted) return new JabberFsInput.Transferred();
        var outcome = await _sending.ConfigureAwait(false);
        return outcome.Failure is { } failure
            ? new JabberFsInput.Failed(failure.Reason, JabberFsRefusals.Tell(failure.Reason), failure.Message)
            : new JabberFsInput.Transferred();
    }

    /// <summary>The outcome, once the run has ended.</summary>
    public async Task<Outcome> EndAsync(JabberFsRun run, JabberFsEnd end, Phase phase, CancellationToken cancellationToken)
    {
        // Where no byte had to cross nothing was moved, and the word is there already.
        if (end.Ended is null && _sending is null)
        {
            report.Attempt(RawTcp.Name, AttemptResult.Chosen, null);
            _sending = SendAsync(run, new NothingChannel(), 0, cancellationToken);
        }

        var outcome = _sending is null ? null : await _sending.ConfigureAwait(false);
        if (end.Ended is not { } ended) return outcome!;
        if (outcome is { Succeeded: true } or { Failure.Reason: not FailureReason.Cancelled }) return outcome;
        if (ended.Reason == FailureReason.Cancelled) return report.Cancelled(outcome is null ? phase : Phase.Transferring, outcome?.Bytes ?? 0);
        return report.Fail(ended.Reason, outcome is null ? phase : Phase.Transferring, end.Side, ended.Text, JabberFsRefusals.HintFor(ended.Reason), outcome?.Bytes ?? 0);
    }

    private Task<Outcome> SendAsync(JabberFsRun run, ByteChannel channel, long start, CancellationToken cancellationToken) =>
        file.SendAsync(channel, report, progress, time, cancellationToken, start > 0 ? new SiRange(start) : null, sha256 => ConfirmAsync(run, sha256));

    private async Task<Receipt> ConfirmAsync(JabberFsRun run, byte[] sha256)
    {
        _across.TrySetResult();
        var end = await run.End.ConfigureAwait(false);
        if (end.Ended is { } ended) return new Receipt(new MethodFailure(ended.Reason, end.Side, ended.Text), null);
        var theirs = end.Hashes.FirstOrDefault(hash => hash.Algorithm == FileHash.Sha256Name);
        if (theirs is not null && theirs != FileHash.Sha256(Convert.ToHexStringLower(sha256)))
        {
            return new Receipt(new MethodFailure(FailureReason.Mismatch, Side.Peer, "the peer has other bytes than were sent"), null);
        }

        return new Receipt(null, end.Confirmed && (theirs is not null || _offeredHash) ? FileHash.Sha256Name : null);
    }
}
