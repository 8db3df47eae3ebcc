using Ferry.Files;
using Ferry.Methods.Tcp;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.JabberFs;
using Ferry.Resuming;
using Ferry.Transfers;

namespace Ferry.Offers.JabberFs;

/// <summary>A jabberFS proposal to send as the library's user sees it.</summary>
internal sealed class JabberFsIncomingOffer(OfferContext context, JabberFsStanza proposal, Jid peer, JabberFsReceiving receiving) : IncomingOffer
{
    /// <summary>For the proposal that follows a <c>prefix-mismatch</c>.</summary>
    private static readonly TimeSpan AgainWait = TimeSpan.FromSeconds(30);

    private int _decided;

    /// <inheritdoc/>
    public override string Transfer { get; } = RandomId.Create(10);

    /// <inheritdoc/>
    public override Jid Peer => peer;

    /// <inheritdoc/>
    public override string Name { get; } = FileNames.Sanitise(proposal.Name!);

    /// <inheritdoc/>
    public override long? Size => proposal.Size;

    /// <inheritdoc/>
    public override string? Description => proposal.Description;

    /// <inheritdoc/>
    public override DateTimeOffset? Modified => proposal.Modified;

    /// <inheritdoc/>
    public override string Offer => JabberFsOfferKind.KindName;

    /// <inheritdoc/>
    public override CancellationToken Withdrawn => receiving.Withdrawn;

    /// <inheritdoc/>
    public override Task<Outcome> AcceptAsync(string directory, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        options ??= new ReceiveOptions();
        Decide();
        var claim = Claim(options);
        if (Objection(claim, options) is { } no) return RefuseAsync(no, claim, options);
        var opened = IncomingFile.Into(directory, claim, options.Existing, JournalTerms());
        return opened.Succeeded
            ? context.Tasks.TrackAsync(() => ReceiveAsync(opened.Value, () => IncomingFile.Into(directory, claim, options.Existing, JournalTerms()), claim, options, cancellationToken))
            : RefuseAsync(opened.Failure, claim, options);
    }

    /// <inheritdoc/>
    public override Task<Outcome> AcceptAsync(Stream target, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        options ??= new ReceiveOptions();
        Decide();
        var claim = Claim(options);
        if (Objection(claim, options) is { } no) return RefuseAsync(no, claim, options);
        return context.Tasks.TrackAsync(() => ReceiveAsync(IncomingFile.Into(target, claim), null, claim, options, cancellationToken));
    }

    /// <inheritdoc/>
    public override async Task<Outcome> DeclineAsync(CancellationToken cancellationToken = default)
    {
        Decide();
        var withdrawn = receiving.Withdrawn.IsCancellationRequested;
        receiving.Decline(JabberFsAbort.Declined);
        var end = await receiving.Run.End.WaitAsync(cancellationToken).ConfigureAwait(false);
        return withdrawn && end.Ended is { } ended
            ? ReportFor(Name, null).Fail(ended.Reason, Phase.Offering, end.Side, ended.Text)
            : ReportFor(Name, null).Fail(FailureReason.Refused, Phase.Offering, Side.Here, "declined");
    }

    private void Decide()
    {
        if (Interlocked.Exchange(ref _decided, 1) != 0) throw new InvalidOperationException("the offer was answered before");
    }

    private FileClaim Claim(ReceiveOptions options) => new(
        options.Name is null ? Name : FileNames.Sanitise(options.Name),
        proposal.Size,
        proposal.Modified,
        proposal.Hashes.FirstOrDefault(hash => hash.Algorithm == "md5")?.Hex,
        options.MaxBytes,
        proposal.Hashes.FirstOrDefault(hash => hash.Algorithm == FileHash.Sha256Name)?.Hex);

    private JournalTerms? JournalTerms() => context.Options.StateDirectory is { } folder
        ? new JournalTerms(folder, new FileIdentity(peer.Bare, Name, proposal.Size!.Value, proposal.Hashes.FirstOrDefault(hash => hash.Algorithm == "md5")?.Hex, Modified), RangesOffered: true)
        : null;

    private FileFailure? Objection(FileClaim claim, ReceiveOptions options)
    {
        var methods = context.Methods.Allowed(context.Options.Methods, options.Methods);
        return claim.TooLarge ?? (methods.Contains(RawTcp.Name) ? null : new FileFailure(FailureReason.NoMethod, $"jabberFS goes by {RawTcp.Name} only, which is not allowed here"));
    }

    private TransferReport ReportFor(string name, IProgress<Attempt>? attempts) => context.IncomingReport(Transfer, peer, name, Offer, attempts);

    private async Task<Outcome> RefuseAsync(FileFailure failure, FileClaim claim, ReceiveOptions options)
    {
        receiving.Decline(JabberFsRefusals.For(failure.Reason));
        await receiving.Run.End.ConfigureAwait(false);
        var hint = failure.Reason == FailureReason.Exists ? "take another name (--rename) or replace it (--overwrite)" : null;
        return ReportFor(claim.Name, options.Attempts).Fail(failure.Reason, Phase.Offering, Side.Here, failure.Message, hint);
    }

    private async Task<Outcome> ReceiveAsync(
        IncomingFile file, Func<FileResult<IncomingFile>>? openAgain, FileClaim claim, ReceiveOptions options, CancellationToken cancellationToken)
    {
        using var scope = context.LogScope(Transfer);
        var report = ReportFor(claim.Name, options.Attempts);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.Tasks.Stopping);
        var again = openAgain is not null && file.Start > 0 ? receiving.Kind.ExpectAgain(peer, proposal) : null;
        JabberFsReceiving? next = null;
        await using (file.ConfigureAwait(false))
        {
            var incoming = new JabberFsIncoming(file, report, options.Progress, context.Options.TimeProvider);
            var end = await RunAsync(receiving, incoming, report, ends.Token).ConfigureAwait(false);
            if (again is not null && end.Ended is { Told: JabberFsAbort.PrefixMismatch })
            {
                file.SetAside();
                next = await again.WaitAsync(context.Options.AtMost(AgainWait), context.Options.TimeProvider, ends.Token).ConfigureAwait(false);
            }
            else if (again is not null)
            {
                await again.CloseAsync().ConfigureAwait(false);
            }

            if (next is null) return incoming.End(end);
        }

        return await ReceiveAgainAsync(next, openAgain!(), report, options, ends.Token).ConfigureAwait(false);
    }

    // What was here is aside: this one comes from its start.
    private async Task<Outcome> ReceiveAgainAsync(
        JabberFsReceiving next, FileResult<IncomingFile> opened, TransferReport report, ReceiveOptions options, CancellationToken cancellationToken)
    {
        if (!opened.Succeeded)
        {
            next.Decline(JabberFsRefusals.For(opened.Failure.Reason));
            return report.Fail(opened.Failure.Reason, Phase.Offering, Side.Here, opened.Failure.Message);
        }

        await using var owned = opened.Value.ConfigureAwait(false);
        var incoming = new JabberFsIncoming(opened.Value, report, options.Progress, context.Options.TimeProvider);
        return incoming.End(await RunAsync(next, incoming, report, cancellationToken).ConfigureAwait(false));
    }

    private static async Task<JabberFsEnd> RunAsync(JabberFsReceiving receiving, JabberFsIncoming incoming, TransferReport report, CancellationToken cancellationToken)
    {
        receiving.Run.Report = report.Attempt;
        using (cancellationToken.Register(() => receiving.Run.Post(new JabberFsInput.Cancel())))
        {
            receiving.Accept(incoming);
            await receiving.Run.Over.ConfigureAwait(false);
        }

        return await receiving.Run.End.ConfigureAwait(false);
    }
}
