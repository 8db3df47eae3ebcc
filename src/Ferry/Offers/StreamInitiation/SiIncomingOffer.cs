using Ferry.Files;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.StreamInitiation;
using Ferry.Resuming;
using Ferry.Transfers;

namespace Ferry.Offers.StreamInitiation;

/// <summary>An SI offer as the library's user sees it.</summary>
internal sealed class SiIncomingOffer(OfferContext context, SiOffer offer, Jid peer, SiReceiving receiving) : IncomingOffer
{
    private int _decided;

    /// <inheritdoc/>
    public override string Transfer { get; } = RandomId.Create(10);

    /// <inheritdoc/>
    public override Jid Peer => peer;

    /// <inheritdoc/>
    public override string Name { get; } = FileNames.Sanitise(offer.File.Name);

    /// <inheritdoc/>
    public override long? Size => offer.File.Size;

    /// <inheritdoc/>
    public override string? Description => offer.File.Description;

    /// <inheritdoc/>
    public override DateTimeOffset? Modified => offer.File.Date;

    /// <inheritdoc/>
    public override string Offer => SiOfferKind.KindName;

    /// <inheritdoc/>
    public override CancellationToken Withdrawn => receiving.Withdrawn;

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
        var withdrawn = receiving.Withdrawn.IsCancellationRequested;
        receiving.Decline(SiErrors.Declined);
        var end = await receiving.End.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (withdrawn) return ReportFor(Name, null).Fail(end.Reason, Phase.Offering, SideOf(end.Reason), end.Text);
        return ReportFor(Name, null).Fail(FailureReason.Refused, Phase.Offering, Side.Here, "declined");
    }

    private void Decide()
    {
        if (Interlocked.Exchange(ref _decided, 1) != 0) throw new InvalidOperationException("the offer was answered before");
    }

    private FileClaim Claim(ReceiveOptions options) => new(
        options.Name is null ? Name : FileNames.Sanitise(options.Name), offer.File.Size, offer.File.Date, offer.File.Hash, options.MaxBytes);

    private JournalTerms? JournalTerms() => context.Options.StateDirectory is { } folder && Size is { } size
        ? new JournalTerms(folder, new FileIdentity(peer.Bare, Name, size, offer.File.Hash, Modified), offer.File.RangeOffered)
        : null;

    private TransferReport ReportFor(string name, IProgress<Attempt>? attempts) =>
        context.IncomingReport(Transfer, peer, name, Offer, attempts);

    private async Task<Outcome> RefuseAsync(FileFailure failure, FileClaim claim, ReceiveOptions options)
    {
        receiving.Decline(SiRefusals.For(failure.Reason));
        await receiving.End.ConfigureAwait(false);
        var hint = failure.Reason == FailureReason.Exists ? "take another name (--rename) or replace it (--overwrite)" : null;
        return ReportFor(claim.Name, options.Attempts).Fail(failure.Reason, Phase.Offering, Side.Here, failure.Message, hint);
    }

    private async Task<Outcome> ReceiveAsync(IncomingFile file, FileClaim claim, ReceiveOptions options, CancellationToken cancellationToken)
    {
        using var scope = context.LogScope(Transfer);
        await using var owned = file.ConfigureAwait(false);
        var report = ReportFor(claim.Name, options.Attempts);
        receiving.Report = report.Attempt;
        receiving.Allowed = context.Methods.Allowed(context.Options.Methods, options.Methods);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.Tasks.Stopping);
        using (ends.Token.Register(receiving.Cancel))
        {
            receiving.Accept(file.Start);
            await receiving.End.ConfigureAwait(false);
        }

        var end = await receiving.End.ConfigureAwait(false);
        if (end.Channel is { } channel)
        {
            var outcome = await file.ReceiveAsync(channel, report, options.Progress, context.Options.TimeProvider, ends.Token).ConfigureAwait(false);
            receiving.Finished();
            return outcome;
        }

        var kept = file.Keep();
        if (end.Reason == FailureReason.Cancelled) return report.Cancelled(Phase.Negotiating, 0, kept);
        return report.Fail(end.Reason, Phase.Negotiating, SideOf(end.Reason), end.Text, null, 0, kept);
    }

    private static Side SideOf(FailureReason reason) => reason switch
    {
        FailureReason.NoMethod => Side.Network,
        FailureReason.StreamLost => Side.Server,
        FailureReason.Internal => Side.Here,
        _ => Side.Peer,
    };
}
