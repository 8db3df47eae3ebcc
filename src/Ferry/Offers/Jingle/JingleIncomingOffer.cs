using Ferry.Files;
using Ferry.Methods;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Jingle.Files;
using Ferry.Resuming;
using Ferry.Transfers;

namespace Ferry.Offers.Jingle;

/// <summary>One content of a session that a peer offers, as the library's user sees it.</summary>
internal sealed class JingleIncomingOffer(OfferContext context, JingleSessionLoop loop, JinglePart part) : IncomingOffer
{
    private int _decided;

    /// <inheritdoc/>
    public override string Transfer { get; } = RandomId.Create(10);

    /// <inheritdoc/>
    public override Jid Peer => loop.Peer.Jid;

    /// <inheritdoc/>
    public override string Name { get; } = FileNames.Sanitise(part.File.Name ?? FileNames.Fallback);

    /// <inheritdoc/>
    public override long? Size => part.File.Size;

    /// <inheritdoc/>
    public override string? Description => part.File.Description;

    /// <inheritdoc/>
    public override DateTimeOffset? Modified => part.File.Date;

    /// <inheritdoc/>
    public override IReadOnlyList<FileThumbnail> Thumbnails => part.File.Thumbnails;

    /// <inheritdoc/>
    public override string Offer => JingleOfferKind.KindName;

    /// <inheritdoc/>
    public override CancellationToken Withdrawn => part.Withdrawn;

    /// <inheritdoc/>
    public override Task<Outcome> AcceptAsync(string directory, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        options ??= new ReceiveOptions();
        Decide();
        var claim = Claim(options);
        if (claim.TooLarge is { } tooLarge) return RefuseAsync(tooLarge, claim, options);
        var opened = IncomingFile.Into(directory, claim, options.Existing, JournalTerms());
        return opened.Succeeded
            ? context.Tasks.TrackAsync(() => ReceiveAsync(opened.Value, claim, options, cancellationToken))
            : RefuseAsync(opened.Failure, claim, options);
    }

    /// <inheritdoc/>
    public override Task<Outcome> AcceptAsync(Stream target, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        options ??= new ReceiveOptions();
        Decide();
        var claim = Claim(options);
        if (claim.TooLarge is { } tooLarge) return RefuseAsync(tooLarge, claim, options);
        return context.Tasks.TrackAsync(() => ReceiveAsync(IncomingFile.Into(target, claim), claim, options, cancellationToken));
    }

    /// <inheritdoc/>
    public override async Task<Outcome> DeclineAsync(CancellationToken cancellationToken = default)
    {
        Decide();
        var withdrawn = part.Withdrawn.IsCancellationRequested;
        part.Decline(FileReasons.Of(FailureReason.Refused));
        var end = (await part.Opened.WaitAsync(cancellationToken).ConfigureAwait(false)).Failure!;
        var report = ReportFor(Name, null);
        return withdrawn ? report.Fail(end.Reason, Phase.Offering, end.Side, end.Text) : report.Fail(FailureReason.Refused, Phase.Offering, Side.Here, "declined");
    }

    private void Decide()
    {
        if (Interlocked.Exchange(ref _decided, 1) != 0) throw new InvalidOperationException("the offer was answered before");
    }

    private FileClaim Claim(ReceiveOptions options) => new(
        options.Name is null ? Name : FileNames.Sanitise(options.Name), part.File.Size, part.File.Date, null, options.MaxBytes);

    private JournalTerms? JournalTerms() => context.Options.StateDirectory is { } folder && Size is { } size
        ? new JournalTerms(folder, new FileIdentity(Peer.Bare, Name, size, Sha256?.ToString(), Modified), part.File.Range is { IsWhole: true })
        : null;

    private FileHash? Sha256 => part.File.Hashes.FirstOrDefault(hash => hash.Function == HashFunction.Sha256);

    private TransferReport ReportFor(string name, IProgress<Attempt>? attempts) => context.IncomingReport(Transfer, Peer, name, Offer, attempts);

    private async Task<Outcome> RefuseAsync(FileFailure failure, FileClaim claim, ReceiveOptions options)
    {
        part.Decline(FileReasons.Of(failure.Reason));
        await part.Opened.ConfigureAwait(false);
        var hint = failure.Reason == FailureReason.Exists ? "take another name (--rename) or replace it (--overwrite)" : null;
        return ReportFor(claim.Name, options.Attempts).Fail(failure.Reason, Phase.Offering, Side.Here, failure.Message, hint);
    }

    private async Task<Outcome> ReceiveAsync(IncomingFile file, FileClaim claim, ReceiveOptions options, CancellationToken cancellationToken)
    {
        using var scope = context.LogScope(Transfer);
        await using var owned = file.ConfigureAwait(false);
        var report = ReportFor(claim.Name, options.Attempts);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.Tasks.Stopping);
        part.Accept(new JingleTerms(context.Methods.Allowed(context.Options.Methods, options.Methods), report.Attempt)
        {
            Range = file.Start > 0 ? new FileRange(file.Start) : null,
            Agreed = report.Agreed,
        });
        MethodResult opened;
        using (ends.Token.Register(part.Cancel)) opened = await part.Opened.ConfigureAwait(false);
        if (opened.Channel is { } channel)
        {
            var outcome = await file.ReceiveAsync(channel, report, options.Progress, context.Options.TimeProvider, ends.Token, part).ConfigureAwait(false);
            await part.FinishAsync(outcome).ConfigureAwait(false);
            return outcome;
        }

        var kept = file.Keep();
        var failure = opened.Failure!;
        if (failure.Reason == FailureReason.Cancelled) return report.Cancelled(Phase.Negotiating, 0, kept);
        return report.Fail(failure.Reason, Phase.Negotiating, failure.Side, failure.Text, null, 0, kept);
    }
}
