using Ferry.Files;
using Ferry.Methods;
using Ferry.Net.Pumps;

namespace Ferry.Transfers;

/// <summary>What the sender claimed about a file.</summary>
/// <param name="Name">After checking.</param>
/// <param name="Length">Bytes, or null when unknown.</param>
/// <param name="Modified">The last change, or null.</param>
/// <param name="Md5">Lower-case hexadecimal, or null.</param>
internal sealed record FileClaim(string Name, long? Length, DateTimeOffset? Modified, string? Md5);

/// <summary>Where an accepted file goes: a partial file that becomes the file, or a stream of the caller's.</summary>
internal sealed class IncomingFile : IAsyncDisposable
{
    private readonly FileClaim _claim;
    private readonly PartialFile? _partial;
    private readonly Stream _target;

    private IncomingFile(FileClaim claim, PartialFile? partial, Stream target) => (_claim, _partial, _target) = (claim, partial, target);

    /// <summary>Bytes that will come, or null.</summary>
    public long? Length => _claim.Length;

    /// <summary>Opens the partial file; the failure is known before the offer is accepted.</summary>
    public static FileResult<IncomingFile> Into(string directory, FileClaim claim, ExistingFile existing)
    {
        var opened = PartialFile.Open(new PartialFileOptions
        {
            Directory = directory,
            Name = claim.Name,
            Existing = existing,
            Size = claim.Length,
            Modified = claim.Modified,
        });
        return opened.Succeeded ? new IncomingFile(claim, opened.Value, opened.Value.Stream) : opened.Failure;
    }

    /// <summary>Writes to a stream that stays open.</summary>
    public static IncomingFile Into(Stream target, FileClaim claim) => new(claim, null, target);

    /// <summary>Receives everything. Owns the channel from here on.</summary>
    public async Task<Outcome> ReceiveAsync(ByteChannel channel, TransferReport report, IProgress<TransferProgress>? progress, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var owned = channel.ConfigureAwait(false);
        var meter = new ProgressMeter(progress, report.Transfer, Length, channel.Method, time);
        await using var metered = meter.ConfigureAwait(false);
        using var hashes = new RunningHashes(withMd5: _claim.Md5 is not null);
        var pump = new PumpOptions { Length = Length, IdleTimeout = channel.IdleTimeout, Progress = meter.Moved, Hashes = hashes, TimeProvider = time };
        var result = await StreamPump.CopyAsync(channel.Stream, _target, pump, cancellationToken).ConfigureAwait(false);
        if (result.End != PumpEnd.Completed) return await BreakAsync(channel, report, result).ConfigureAwait(false);
        try
        {
            if (await channel.CompleteAsync(cancellationToken).ConfigureAwait(false) is { } failed)
            {
                return report.Fail(failed.Reason, Phase.Finishing, failed.Side, failed.Text, null, result.Bytes, Keep());
            }
        }
        catch (OperationCanceledException)
        {
            await channel.AbortAsync(AbortCause.Cancelled).ConfigureAwait(false);
            return report.Cancelled(Phase.Finishing, result.Bytes, Keep());
        }

        var outcome = Finish(report, result);
        await meter.FinishAsync(outcome.Succeeded).ConfigureAwait(false);
        return outcome;
    }

    /// <summary>Gives up before anything came; true when bytes of an earlier attempt were kept.</summary>
    public bool Keep() => _partial?.Abandon() ?? false;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _partial?.DisposeAsync() ?? default;

    private Outcome Finish(TransferReport report, PumpResult result)
    {
        var verified = false;
        if (_claim.Md5 is { } claimed && result.Md5 is { } md5)
        {
            verified = string.Equals(claimed, Convert.ToHexStringLower(md5), StringComparison.OrdinalIgnoreCase);
            if (!verified)
            {
                // Wrong bytes are no beginning of the right ones.
                _partial?.Abandon(delete: true);
                return report.Fail(FailureReason.Mismatch, Phase.Finishing, Side.Peer, "the file's MD5 differs from the offered one", "ask for the file again", result.Bytes);
            }
        }

        string? path = null;
        if (_partial is not null)
        {
            var completed = _partial.Complete();
            if (!completed.Succeeded) return report.Fail(completed.Failure.Reason, Phase.Finishing, Side.Here, completed.Failure.Message, null, result.Bytes, resumable: true);
            path = completed.Value;
        }

        return report.Done(result.Bytes, result.Sha256, path, verified ? "md5" : null);
    }

    private async Task<Outcome> BreakAsync(ByteChannel channel, TransferReport report, PumpResult result)
    {
        await channel.AbortAsync(result.End == PumpEnd.Cancelled ? AbortCause.Cancelled : AbortCause.Failed).ConfigureAwait(false);
        var kept = Keep();
        switch (result.End)
        {
            case PumpEnd.Cancelled:
                return report.Cancelled(Phase.Transferring, result.Bytes, kept);
            case PumpEnd.SourceEnded:
                return report.Fail(
                    FailureReason.CancelledByPeer, Phase.Transferring, Side.Peer, $"the peer ended the stream after {result.Bytes} of {Length} bytes", null, result.Bytes, kept);
            case PumpEnd.SinkFailed:
                return report.Fail(
                    FileFailure.ReasonOf(result.Error!), Phase.Transferring, Side.Here, $"{report.Transfer} could not be written: {result.Error!.Message}", null, result.Bytes, kept);
            case PumpEnd.Stalled:
                return report.Fail(FailureReason.Stalled, Phase.Transferring, Side.Network, $"no byte came for {channel.IdleTimeout.TotalSeconds:0} s", null, result.Bytes, kept);
            default:
                var failure = ChannelFailures.Of(result.Error!, result.Bytes, Length);
                return report.Fail(failure.Reason, Phase.Transferring, failure.Side, failure.Text, null, result.Bytes, kept);
        }
    }
}
