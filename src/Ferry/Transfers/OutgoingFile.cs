using System.Security.Cryptography;
using Ferry.Files;
using Ferry.Net.Pumps;
using Ferry.Methods;
using Ferry.Protocol.StreamInitiation;

namespace Ferry.Transfers;

/// <summary>What is sent, from a file or from a stream; and the sending of it once there is a channel.</summary>
internal sealed class OutgoingFile : IAsyncDisposable
{
    /// <summary>Files up to this size get a hash in offers to peers that read one: it costs a read before the offer.</summary>
    public const long MostForMd5 = 16 * 1024 * 1024;

    private readonly SourceFile? _file;
    private readonly Stream _content;
    private readonly long _start;

    private OutgoingFile(SourceFile? file, Stream content, string name, long? length, DateTimeOffset? modified, string? description)
    {
        (_file, _content, Name, Length, Modified, Description) = (file, content, name, length, modified, description);
        _start = content.CanSeek ? content.Position : 0;
    }

    /// <summary>The offered name.</summary>
    public string Name { get; }

    /// <summary>Bytes, or null when unknown.</summary>
    public long? Length { get; }

    /// <summary>The last change, for files.</summary>
    public DateTimeOffset? Modified { get; }

    /// <summary>The words for the receiver.</summary>
    public string? Description { get; }

    /// <summary>The file's path, or null.</summary>
    public string? Path => _file?.Path;

    public static OutgoingFile Of(SourceFile file, SendOptions options) =>
        new(file, file.Stream, options.Name ?? file.Name, file.Size, file.Modified, options.Description);

    public static OutgoingFile Of(Stream content, SendOptions options)
    {
        var name = options.Name ?? throw new ArgumentException("a stream needs a name to be offered under", nameof(options));
        var length = options.Length ?? (content.CanSeek ? content.Length - content.Position : null);
        return new OutgoingFile(null, content, name, length, null, options.Description);
    }

    /// <summary>Whether parts of it can be sent.</summary>
    public bool HasRanges => _content.CanSeek && Length is not null;

    /// <summary>The whole content's MD5 in lower-case hexadecimal where it is cheap to have; null otherwise.</summary>
    public async Task<string?> Md5Async(CancellationToken cancellationToken) =>
        await CheapDigestAsync(HashAlgorithmName.MD5, cancellationToken).ConfigureAwait(false) is { } digest ? Convert.ToHexStringLower(digest) : null;

    /// <summary>The whole content's digest where it is cheap to have before the offer; null otherwise.</summary>
    public async Task<byte[]?> CheapDigestAsync(HashAlgorithmName algorithm, CancellationToken cancellationToken)
    {
        // Of a stream that is sent in part only, the rest would be hashed too.
        if (!_content.CanSeek || Length is null or > MostForMd5 || Length != _content.Length - _start) return null;
        var hash = await CryptographicOperations.HashDataAsync(algorithm, _content, cancellationToken).ConfigureAwait(false);
        _content.Position = _start;
        return hash;
    }

    /// <summary>The whole content's SHA-256 in lower-case hexadecimal where it is cheap to have; null otherwise.</summary>
    public async Task<string?> Sha256Async(CancellationToken cancellationToken)
    {
        if (!_content.CanSeek || Length is null or > MostForMd5 || Length != _content.Length - _start) return null;
        return await PrefixSha256Async(Length.Value, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The SHA-256 of the first bytes in lower-case hexadecimal; null where there are fewer. Only before it is sent, and where it <see cref="HasRanges"/>.
    /// </summary>
    /// <exception cref="IOException">It could not be read.</exception>
    public async Task<string?> PrefixSha256Async(long bytes, CancellationToken cancellationToken)
    {
        using var hashes = new RunningHashes();
        _content.Position = _start;
        var read = await hashes.AppendAsync(_content, bytes, cancellationToken).ConfigureAwait(false);
        _content.Position = _start;
        return read == bytes ? Convert.ToHexStringLower(hashes.CurrentSha256()) : null;
    }

    /// <summary>
    /// Sends everything over the channel, or the part that the peer asked for. Owns the channel from here on. When everything is across,
    /// <paramref name="confirm"/> is given the whole file's SHA-256 and waits for what the peer says of it.
    /// </summary>
    public async Task<Outcome> SendAsync(
        ByteChannel channel,
        TransferReport report,
        IProgress<TransferProgress>? progress,
        TimeProvider time,
        CancellationToken cancellationToken,
        SiRange? range = null,
        Func<byte[], Task<Receipt>>? confirm = null,
        IFileReceipt? told = null)
    {
        await using var owned = channel.ConfigureAwait(false);
        report.ResumedFrom = range?.Offset ?? 0;
        using var hashes = new RunningHashes();
        // The whole file's hash needs the part that is not sent, too, and the bytes shall not wait for it.
        var whole = range is not null && _file is not null ? new FollowingHash(_file.Handle, hashes) : null;
        whole?.Advance(Length!.Value);
        try
        {
            return await SendAsync(channel, report, progress, range, hashes, whole, confirm, told, time, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (whole is not null) await whole.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _file?.DisposeAsync() ?? default;

    private async Task<Outcome> SendAsync(
        ByteChannel channel,
        TransferReport report,
        IProgress<TransferProgress>? progress,
        SiRange? range,
        RunningHashes hashes,
        FollowingHash? whole,
        Func<byte[], Task<Receipt>>? confirm,
        IFileReceipt? told,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var offset = report.ResumedFrom;
        if (offset > 0) _content.Position = _start + offset;
        var meter = new ProgressMeter(progress, report, Length, channel.Method, time, offset);
        await using var metered = meter.ConfigureAwait(false);
        var pump = new PumpOptions
        {
            BufferSize = channel.BufferSize ?? PumpOptions.DefaultBufferSize,
            HashedInPlace = channel.BufferSize is not null,
            Length = range is null ? Length : range.BytesOf(Length),
            IdleTimeout = channel.IdleTimeout,
            Progress = moved => meter.Moved(offset + moved),
            Hashed = range is null,
            Hashes = hashes,
            TimeProvider = time,
        };
        var (result, left) = await PumpAsync(channel, pump, cancellationToken).ConfigureAwait(false);
        if (left is not null && result.End == PumpEnd.Cancelled)
        {
            await channel.AbortAsync(AbortCause.Failed).ConfigureAwait(false);
            return report.Fail(left.Reason, Phase.Transferring, left.Side, left.Text, null, result.Bytes);
        }

        if (result.End != PumpEnd.Completed) return await BreakAsync(channel, report, result).ConfigureAwait(false);
        string? verifiedBy = null;
        try
        {
            if (told is not null)
            {
                // The peer is told what was sent before it is known to have it all: its own check need not wait for that.
                if (range is not null && !await HashWholeAsync(whole, hashes, cancellationToken).ConfigureAwait(false)) return await ChangedAsync(channel, report, result.Bytes, $"{Name} became shorter while it was sent").ConfigureAwait(false);
                if (_file?.Check(range is null ? result.Bytes : _file.Size) is { } differs) return await ChangedAsync(channel, report, result.Bytes, differs.Message).ConfigureAwait(false);
                told.Sent(hashes.CurrentSha256());
            }

            if (await channel.CompleteAsync(cancellationToken).ConfigureAwait(false) is { } failed)
            {
                // A receiver that knows the hash does not keep what changed on the way, and cannot say why it is wrong.
                if (_file?.Check(range is null ? result.Bytes : _file.Size) is { } altered) return Changed(report, result.Bytes, altered.Message);
                return report.Fail(failed.Reason, Phase.Finishing, failed.Side, failed.Text, HintFor(failed.Reason), result.Bytes);
            }

            if (told is not null)
            {
                var verdict = await told.ConfirmAsync(cancellationToken).ConfigureAwait(false);
                if (verdict.Failure is { } denied) return report.Fail(denied.Reason, Phase.Finishing, denied.Side, denied.Text, null, result.Bytes);
                verifiedBy = verdict.VerifiedBy;
            }
            else if (range is not null && !await HashWholeAsync(whole, hashes, cancellationToken).ConfigureAwait(false)) return Changed(report, result.Bytes, $"{Name} became shorter while it was sent");
        }
        catch (OperationCanceledException)
        {
            await channel.AbortAsync(AbortCause.Cancelled).ConfigureAwait(false);
            return report.Cancelled(Phase.Finishing, result.Bytes);
        }
        catch (IOException unreadable)
        {
            return report.Fail(FailureReason.Io, Phase.Finishing, Side.Here, $"{Name} could not be read: {unreadable.Message}", null, result.Bytes);
        }

        if (told is null && _file?.Check(range is null ? result.Bytes : _file.Size) is { } changed) return Changed(report, result.Bytes, changed.Message);
        await meter.FinishAsync(complete: true).ConfigureAwait(false);
        var sha256 = hashes.CurrentSha256();
        var receipt = confirm is null ? default : await confirm(sha256).ConfigureAwait(false);
        return receipt.Failure is { } refused
            ? report.Fail(refused.Reason, Phase.Finishing, refused.Side, refused.Text, null, result.Bytes)
            : report.Done(result.Bytes, sha256, Path, receipt.VerifiedBy ?? verifiedBy);
    }

    // A source may make us wait for as long as it likes; a peer that goes meanwhile is noticed all the same.
    private async Task<(PumpResult Result, MethodFailure? Left)> PumpAsync(ByteChannel channel, PumpOptions pump, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var enough = new CancellationTokenSource();
        var watching = WatchAsync(channel, stop, enough.Token);
        var result = await StreamPump.CopyAsync(_content, channel.Stream, pump, stop.Token).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
        var left = await watching.ConfigureAwait(false);
        return (result, cancellationToken.IsCancellationRequested ? null : left);
    }

    private static async Task<MethodFailure?> WatchAsync(ByteChannel channel, CancellationTokenSource stop, CancellationToken enough)
    {
        try
        {
            var left = await channel.PeerLeftAsync(enough).ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            return left;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    // The other end may have it all the same.
    private static string? HintFor(FailureReason reason) => reason is FailureReason.Absent or FailureReason.StreamLost or FailureReason.Stalled
        ? "ask there whether it arrived before it is sent again"
        : null;

    private static Outcome Changed(TransferReport report, long bytes, string message) =>
        report.Fail(FailureReason.SourceChanged, Phase.Finishing, Side.Here, message, "send it again when nobody writes to it", bytes);

    private static async Task<Outcome> ChangedAsync(ByteChannel channel, TransferReport report, long bytes, string message)
    {
        await channel.AbortAsync(AbortCause.Failed).ConfigureAwait(false);
        return Changed(report, bytes, message);
    }

    // A stream of the caller's has one position: it is read once more when the part has gone.
    private async Task<bool> HashWholeAsync(FollowingHash? whole, RunningHashes hashes, CancellationToken cancellationToken)
    {
        if (whole is not null) return await whole.FinishAsync(Length!.Value, cancellationToken).ConfigureAwait(false) == FollowEnd.Whole;
        _content.Position = _start;
        return await hashes.AppendAsync(_content, Length!.Value, cancellationToken).ConfigureAwait(false) == Length;
    }

    private async Task<Outcome> BreakAsync(ByteChannel channel, TransferReport report, PumpResult result)
    {
        await channel.AbortAsync(result.End == PumpEnd.Cancelled ? AbortCause.Cancelled : AbortCause.Failed).ConfigureAwait(false);
        switch (result.End)
        {
            case PumpEnd.Cancelled:
                return report.Cancelled(Phase.Transferring, result.Bytes);
            case PumpEnd.SourceEnded:
                return report.Fail(FailureReason.SourceChanged, Phase.Transferring, Side.Here, $"{Name} became shorter while it was sent", null, result.Bytes);
            case PumpEnd.SourceFailed:
                return report.Fail(FileFailure.ReasonOf(result.Error!), Phase.Transferring, Side.Here, $"{Name} could not be read: {result.Error!.Message}", null, result.Bytes);
            case PumpEnd.Stalled:
                return report.Fail(FailureReason.Stalled, Phase.Transferring, Side.Network, $"the peer took no byte for {channel.IdleTimeout.TotalSeconds:0} s", null, result.Bytes);
            default:
                var failure = channel.EndedHere ?? ChannelFailures.Of(result.Error!, result.Bytes, Length);
                return report.Fail(failure.Reason, Phase.Transferring, failure.Side, failure.Text, null, result.Bytes);
        }
    }
}
