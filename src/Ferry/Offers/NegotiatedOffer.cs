using Ferry.Files;
using Ferry.Methods;
using Ferry.Net.Sessions;
using Ferry.Protocol.Files;
using Ferry.Resuming;
using Ferry.Transfers;

namespace Ferry.Offers;

/// <summary>
/// An offer whose negotiation, once it is accepted, yields a channel or a failure: Jingle's and stream initiation's. It is answered once, and only after the
/// target is open or is known not to be.
/// </summary>
internal abstract class NegotiatedOffer(OfferContext context) : IncomingOffer
{
    private int _decided;

    /// <inheritdoc/>
    public sealed override string Transfer { get; } = RandomId.Create(10);

    /// <summary>The client's.</summary>
    protected OfferContext Context { get; } = context;

    /// <summary>The file's MD5 as hex digits, where the offer names it.</summary>
    protected abstract string? Md5 { get; }

    /// <summary>What tells the file from others of its name and size when a part of it is here; null: nothing.</summary>
    protected abstract string? KnownBy { get; }

    /// <summary>The sender can begin in the middle.</summary>
    protected abstract bool OffersRanges { get; }

    /// <inheritdoc/>
    public sealed override Task<Outcome> AcceptAsync(string directory, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        options ??= new ReceiveOptions();
        Decide();
        var claim = Claim(options);
        if (claim.TooLarge is { } tooLarge) return RefuseAsync(tooLarge, claim, options);
        var opened = IncomingFile.Into(directory, claim, options.Existing, JournalTerms());
        return opened.Succeeded
            ? Context.Tasks.TrackAsync(() => ReceiveAsync(opened.Value, claim, options, cancellationToken))
            : RefuseAsync(opened.Failure, claim, options);
    }

    /// <inheritdoc/>
    public sealed override Task<Outcome> AcceptAsync(Stream target, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        options ??= new ReceiveOptions();
        Decide();
        var claim = Claim(options);
        if (claim.TooLarge is { } tooLarge) return RefuseAsync(tooLarge, claim, options);
        return Context.Tasks.TrackAsync(() => ReceiveAsync(IncomingFile.Into(target, claim), claim, options, cancellationToken));
    }

    /// <inheritdoc/>
    public sealed override async Task<Outcome> DeclineAsync(CancellationToken cancellationToken = default)
    {
        Decide();
        var withdrawn = Withdrawn.IsCancellationRequested;
        var end = await TellNoAsync(FailureReason.Refused, cancellationToken).ConfigureAwait(false);
        var report = ReportFor(Name, null);
        return withdrawn ? report.Fail(end!.Reason, Phase.Offering, end.Side, end.Text) : report.Fail(FailureReason.Refused, Phase.Offering, Side.Here, "declined");
    }

    /// <summary>Tells the sender no, in the words that its protocol has for the reason, and waits for the end of the negotiation; how it ended.</summary>
    protected abstract Task<MethodFailure?> TellNoAsync(FailureReason reason, CancellationToken cancellationToken);

    /// <summary>Tells the sender yes, and waits for a stream by one of these methods. Cancelling ends the negotiation by its own rules.</summary>
    protected abstract Task<MethodResult> OpenAsync(IncomingFile file, TransferReport report, IReadOnlyList<string> methods, CancellationToken cancellationToken);

    /// <summary>Receives everything, and ends what lies about the stream.</summary>
    protected abstract Task<Outcome> MoveAsync(IncomingFile file, ByteChannel channel, TransferReport report, ReceiveOptions options, CancellationToken cancellationToken);

    private void Decide()
    {
        if (Interlocked.Exchange(ref _decided, 1) != 0) throw new InvalidOperationException("the offer was answered before");
    }

    private FileClaim Claim(ReceiveOptions options) => new(options.Name is null ? Name : FileNames.Sanitise(options.Name), Size, Modified, Md5, options.MaxBytes);

    private JournalTerms? JournalTerms() => Context.Options.StateDirectory is { } folder && Size is { } size
        ? new JournalTerms(folder, new FileIdentity(Peer.Bare, Name, size, KnownBy, Modified), OffersRanges)
        : null;

    private TransferReport ReportFor(string name, IProgress<Attempt>? attempts) => Context.IncomingReport(Transfer, Peer, name, Offer, attempts);

    private async Task<Outcome> RefuseAsync(FileFailure failure, FileClaim claim, ReceiveOptions options)
    {
        await TellNoAsync(failure.Reason, CancellationToken.None).ConfigureAwait(false);
        var hint = failure.Reason == FailureReason.Exists ? "take another name (--rename) or replace it (--overwrite)" : null;
        return ReportFor(claim.Name, options.Attempts).Fail(failure.Reason, Phase.Offering, Side.Here, failure.Message, hint);
    }

    private async Task<Outcome> ReceiveAsync(IncomingFile file, FileClaim claim, ReceiveOptions options, CancellationToken cancellationToken)
    {
        using var scope = Context.LogScope(Transfer);
        await using var owned = file.ConfigureAwait(false);
        var report = ReportFor(claim.Name, options.Attempts);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Context.Tasks.Stopping);
        var methods = Context.Methods.Allowed(Context.Options.Methods, options.Methods);
        var opened = await OpenAsync(file, report, methods, ends.Token).ConfigureAwait(false);
        if (opened.Channel is { } channel) return await MoveAsync(file, channel, report, options, ends.Token).ConfigureAwait(false);
        var kept = file.Keep();
        var failure = opened.Failure!;
        if (failure.Reason == FailureReason.Cancelled) return report.Cancelled(Phase.Negotiating, 0, kept);
        return report.Fail(failure.Reason, Phase.Negotiating, failure.Side, failure.Text, null, 0, kept);
    }
}
