using System.Security.Cryptography;
using Ferry.Files;
using Ferry.Methods;
using Ferry.Net.Pumps;
using Ferry.Protocol.Hashes;
using Ferry.Resuming;

namespace Ferry.Transfers;

/// <summary>What the sender claimed about a file.</summary>
/// <param name="Name">After checking.</param>
/// <param name="Length">Bytes, or null when unknown.</param>
/// <param name="Modified">The last change, or null.</param>
/// <param name="Md5">Lower-case hexadecimal, or null.</param>
/// <param name="Most">The most bytes that are taken, whatever was claimed; null: any number.</param>
/// <param name="Sha256">Lower-case hexadecimal, or null.</param>
internal sealed record FileClaim(string Name, long? Length, DateTimeOffset? Modified, string? Md5, long? Most = null, string? Sha256 = null)
{
    /// <summary>Why it is refused for its size, or null.</summary>
    public FileFailure? TooLarge => Length > Most ? new FileFailure(FailureReason.TooLarge, $"{Length} bytes are offered, {Most} at most are taken") : null;
}

/// <summary>Where an accepted file goes: a partial file that becomes the file, or a stream of the caller's.</summary>
internal sealed class IncomingFile : IAsyncDisposable
{
    private const int ReadBack = 128 * 1024;

    private readonly FileClaim _claim;
    private readonly PartialFile? _partial;
    private readonly PartialJournal? _page;
    private readonly Stream _target;
    private JournalKeeper? _keeper;

    private IncomingFile(FileClaim claim, PartialFile? partial, PartialJournal? page, Stream target) =>
        (_claim, _partial, _page, _target) = (claim, partial, page, target);

    /// <summary>Bytes of the whole file, or null.</summary>
    public long? Length => _claim.Length;

    /// <summary>Bytes that an earlier attempt left: only those behind them are wanted.</summary>
    public long Start => _partial?.Start ?? 0;

    /// <summary>The SHA-256 of the bytes before <see cref="Start"/> in lower-case hexadecimal, where the journal knows it.</summary>
    public string? KeptSha256 => Start > 0 && _page?.Mark is { } mark && mark.Bytes == Start ? Convert.ToHexStringLower(mark.Sha256) : null;

    /// <summary>
    /// Opens the partial file, and goes on from what an earlier attempt left where <paramref name="journal"/> knows it; the failure is known
    /// before the offer is accepted.
    /// </summary>
    public static FileResult<IncomingFile> Into(string directory, FileClaim claim, ExistingFile existing, JournalTerms? journal = null)
    {
        PartialJournal? page = null;
        var opened = PartialFile.Open(new PartialFileOptions
        {
            Directory = directory,
            Name = claim.Name,
            Existing = existing,
            Size = claim.Length,
            Modified = claim.Modified,
            Keep = (path, length) =>
            {
                (page, var kept) = journal is null ? (null, default) : PartialJournal.Open(journal, path, length);
                return kept;
            },
        });
        return opened.Succeeded ? new IncomingFile(claim, opened.Value, page, opened.Value.Stream) : opened.Failure;
    }

    /// <summary>Writes to a stream that stays open.</summary>
    public static IncomingFile Into(Stream target, FileClaim claim) => new(claim, null, null, target);

    /// <summary>Receives everything from <see cref="Start"/> on. Owns the channel from here on.</summary>
    public async Task<Outcome> ReceiveAsync(
        ByteChannel channel, TransferReport report, IProgress<TransferProgress>? progress, TimeProvider time, CancellationToken cancellationToken, IFileCheck? check = null)
    {
        await using var owned = channel.ConfigureAwait(false);
        report.ResumedFrom = Start;
        using var hashes = new RunningHashes(withMd5: _claim.Md5 is not null);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var old = Start > 0 ? new FollowingHash(_partial!.Handle, hashes, _page!.Mark, stop.Cancel) : null;
        try
        {
            return await ReceiveAsync(channel, report, progress, hashes, old, check, time, stop.Token, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (old is not null) await old.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Gives up before the end; true when bytes were kept from which a later attempt can go on.</summary>
    public bool Keep()
    {
        _keeper?.NoteNow();
        return _partial?.Abandon() == true && _page?.CanResume == true;
    }

    /// <summary>Gives up, and takes what an earlier attempt left out of the way: it is of another file, so the next attempt begins anew.</summary>
    public void SetAside()
    {
        if (_partial is null || !_partial.Abandon()) return;
        _page?.Close();
        PartialFile.SetAside(_partial.PartialPath);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _partial?.DisposeAsync() ?? default;

    // stop: the caller's token, or the old part is not what it was.
    private async Task<Outcome> ReceiveAsync(
        ByteChannel channel,
        TransferReport report,
        IProgress<TransferProgress>? progress,
        RunningHashes hashes,
        FollowingHash? old,
        IFileCheck? check,
        TimeProvider time,
        CancellationToken stop,
        CancellationToken cancellationToken)
    {
        var meter = new ProgressMeter(progress, report, Length, channel.Method, time, Start);
        await using var metered = meter.ConfigureAwait(false);
        var result = await PumpAsync(channel, meter, hashes, old, time, stop).ConfigureAwait(false);
        if (stop.IsCancellationRequested && !cancellationToken.IsCancellationRequested) return await DiffersAsync(channel, report, result.Bytes).ConfigureAwait(false);
        if (result.End != PumpEnd.Completed) return await BreakAsync(channel, report, result).ConfigureAwait(false);
        string? verifiedBy = null;
        try
        {
            if (Start > 0 && await IgnoresRangeAsync(channel, time, cancellationToken).ConfigureAwait(false)) return await IgnoredAsync(channel, report, result.Bytes).ConfigureAwait(false);
            if (await channel.CompleteAsync(cancellationToken).ConfigureAwait(false) is { } failed)
            {
                return report.Fail(failed.Reason, Phase.Finishing, failed.Side, failed.Text, null, result.Bytes, Keep());
            }

            if (old is not null && await old.FinishAsync(Length!.Value, cancellationToken).ConfigureAwait(false) != FollowEnd.Whole)
            {
                return await DiffersAsync(channel, report, result.Bytes).ConfigureAwait(false);
            }

            if (check is not null)
            {
                var verdict = await check.JudgeAsync((function, token) => DigestAsync(function, hashes, token), cancellationToken).ConfigureAwait(false);
                if (verdict.Failure is { } wrong) return Wrong(report, result.Bytes, wrong);
                verifiedBy = verdict.VerifiedBy;
            }
        }
        catch (OperationCanceledException)
        {
            await channel.AbortAsync(AbortCause.Cancelled).ConfigureAwait(false);
            return report.Cancelled(Phase.Finishing, result.Bytes, Keep());
        }
        catch (IOException unreadable)
        {
            return report.Fail(FailureReason.Io, Phase.Finishing, Side.Here, $"the partial file could not be read back: {unreadable.Message}", null, result.Bytes, Keep());
        }

        var outcome = Finish(report, result.Bytes, hashes, verifiedBy);
        await channel.SettleAsync(outcome.Succeeded, cancellationToken).ConfigureAwait(false);
        await meter.FinishAsync(outcome.Succeeded).ConfigureAwait(false);
        return outcome;
    }

    // New bytes are hashed as they come, or, behind an old part, by reading them back.
    private async Task<PumpResult> PumpAsync(
        ByteChannel channel, ProgressMeter meter, RunningHashes hashes, FollowingHash? old, TimeProvider time, CancellationToken cancellationToken)
    {
        if (_page is not null) _keeper = new JournalKeeper(_page, _partial!.Handle, hashes, Start, time);
        var pump = new PumpOptions
        {
            BufferSize = channel.BufferSize ?? PumpOptions.DefaultBufferSize,
            HashedInPlace = channel.BufferSize is not null,
            Length = Length - Start,
            MaxLength = _claim.Most,
            IdleTimeout = channel.IdleTimeout,
            Hashed = old is null,
            Hashes = old is null ? hashes : null,
            TimeProvider = time,
            Progress = moved =>
            {
                meter.Moved(Start + moved);
                old?.Advance(Start + moved);
                _keeper?.Moved(Start + moved);
                _partial?.Written(Start + moved);
            },
        };
        old?.Advance(Start);
        var result = await StreamPump.CopyAsync(channel.Stream, _target, pump, cancellationToken).ConfigureAwait(false);
        if (_keeper is not null) await _keeper.DisposeAsync().ConfigureAwait(false);
        return result;
    }

    // Who sends from the start although a part was asked for sends more than the part. Who then neither sends nor closes for a while is judged by
    // his first bytes.
    private async Task<bool> IgnoresRangeAsync(ByteChannel channel, TimeProvider time, CancellationToken cancellationToken) =>
        await channel.HasMoreAsync(time, cancellationToken).ConfigureAwait(false) ?? _partial!.RepeatsItsBeginning();

    private async Task<Outcome> IgnoredAsync(ByteChannel channel, TransferReport report, long bytes)
    {
        await channel.AbortAsync(AbortCause.Failed).ConfigureAwait(false);
        _partial!.Abandon(delete: true);
        _page!.NoteIgnored();
        return report.Fail(
            FailureReason.Mismatch, Phase.Transferring, Side.Peer, "the peer sent the file from its start although it was asked for a part", "ask for the file again: it will be taken whole", bytes);
    }

    private async Task<Outcome> DiffersAsync(ByteChannel channel, TransferReport report, long bytes)
    {
        await channel.AbortAsync(AbortCause.Failed).ConfigureAwait(false);
        Discard();
        return report.Fail(
            FailureReason.Mismatch, Phase.Transferring, Side.Here, "the partial file is not what was received before", "ask for the file again: it will be taken whole", bytes);
    }

    private void Discard()
    {
        _partial?.Abandon(delete: true);
        _page?.Close();
    }

    // Wrong bytes are no beginning of the right ones.
    private Outcome Wrong(TransferReport report, long bytes, MethodFailure failure)
    {
        if (failure.Reason == FailureReason.Mismatch) Discard();
        var kept = failure.Reason != FailureReason.Mismatch && Keep();
        return report.Fail(failure.Reason, Phase.Finishing, failure.Side, failure.Text, failure.Reason == FailureReason.Mismatch ? "ask for the file again" : null, bytes, kept);
    }

    // SHA-256 is there; for another function the file is read once more, and a stream of the caller's cannot be.
    private async Task<FileHash?> DigestAsync(HashFunction function, RunningHashes hashes, CancellationToken cancellationToken)
    {
        if (function == HashFunction.Sha256) return FileHash.Of(function, hashes.CurrentSha256());
        if (_partial is null) return null;
        using var computing = IncrementalHash.CreateHash(function.Algorithm);
        var buffer = new byte[ReadBack];
        for (long at = 0; at < hashes.Bytes;)
        {
            var most = (int)Math.Min(buffer.Length, hashes.Bytes - at);
            var read = await RandomAccess.ReadAsync(_partial.Handle, buffer.AsMemory(0, most), at, cancellationToken).ConfigureAwait(false);
            if (read == 0) return null;
            computing.AppendData(buffer, 0, read);
            at += read;
        }

        return FileHash.Of(function, computing.GetCurrentHash());
    }

    private Outcome Finish(TransferReport report, long bytes, RunningHashes hashes, string? verifiedBy)
    {
        var (compared, differs) = Compare(hashes);
        verifiedBy ??= compared;
        if (differs is not null)
        {
            // Wrong bytes are no beginning of the right ones.
            Discard();
            return report.Fail(FailureReason.Mismatch, Phase.Finishing, Side.Peer, $"the file's {differs} differs from the offered one", "ask for the file again", bytes);
        }

        string? path = null;
        if (_partial is not null)
        {
            var completed = _partial.Complete();
            // All bytes are there and on the disk: a later attempt needs the name only.
            if (completed.Failure?.Reason == FailureReason.Exists) _page?.Note(bytes + Start, hashes.Mark());
            if (!completed.Succeeded) return report.Fail(completed.Failure.Reason, Phase.Finishing, Side.Here, completed.Failure.Message, null, bytes, _page?.CanResume == true);
            path = completed.Value;
            _page?.Close();
        }

        return report.Done(bytes, hashes.CurrentSha256(), path, verifiedBy);
    }

    // The best of what was claimed counts.
    private (string? VerifiedBy, string? Differs) Compare(RunningHashes hashes)
    {
        if (_claim.Sha256 is { } sha256) return Same(sha256, hashes.CurrentSha256()) ? ("sha-256", null) : (null, "SHA-256");
        if (_claim.Md5 is { } claimed && hashes.CurrentMd5() is { } md5) return Same(claimed, md5) ? ("md5", null) : (null, "MD5");
        return (null, null);

        static bool Same(string hex, byte[] hash) => string.Equals(hex, Convert.ToHexStringLower(hash), StringComparison.OrdinalIgnoreCase);
    }

    private async Task<Outcome> BreakAsync(ByteChannel channel, TransferReport report, PumpResult result)
    {
        if (Start > 0 && result.Error is ChannelException { Failure.Reason: FailureReason.Mismatch }) return await IgnoredAsync(channel, report, result.Bytes).ConfigureAwait(false);
        await channel.AbortAsync(result.End == PumpEnd.Cancelled ? AbortCause.Cancelled : AbortCause.Failed).ConfigureAwait(false);
        if (result.End == PumpEnd.Excess)
        {
            Discard(); // of unknown size: no later attempt could go on from it
            return report.Fail(FailureReason.TooLarge, Phase.Transferring, Side.Peer, $"the peer sent more than the {_claim.Most} bytes that are taken", null, result.Bytes);
        }

        var kept = Keep();
        var arrived = Start + result.Bytes;
        switch (result.End)
        {
            case PumpEnd.Cancelled:
                return report.Cancelled(Phase.Transferring, result.Bytes, kept);
            case PumpEnd.SourceEnded:
                return report.Fail(
                    FailureReason.CancelledByPeer, Phase.Transferring, Side.Peer, $"the peer ended the stream after {arrived} of {Length} bytes", null, result.Bytes, kept);
            case PumpEnd.SinkFailed:
                return report.Fail(
                    FileFailure.ReasonOf(result.Error!), Phase.Transferring, Side.Here, $"{_partial?.PartialPath ?? "the stream"} could not be written: {result.Error!.Message}", null, result.Bytes, kept);
            case PumpEnd.Stalled:
                return report.Fail(FailureReason.Stalled, Phase.Transferring, Side.Network, $"no byte came for {channel.IdleTimeout.TotalSeconds:0} s", null, result.Bytes, kept);
            default:
                var failure = channel.EndedHere ?? ChannelFailures.Of(result.Error!, arrived, Length);
                return report.Fail(failure.Reason, Phase.Transferring, failure.Side, failure.Text, null, result.Bytes, kept);
        }
    }
}
