using Ferry.Methods;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Jingle.Files;
using Ferry.Transfers;

namespace Ferry.Offers.Jingle;

/// <summary>One content of a session that a peer offers, as the library's user sees it.</summary>
internal sealed class JingleIncomingOffer(OfferContext context, JingleSessionLoop loop, JinglePart part) : NegotiatedOffer(context)
{
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
    protected override string? Md5 => null;

    /// <inheritdoc/>
    protected override string? KnownBy => part.File.Hashes.FirstOrDefault(hash => hash.Function == HashFunction.Sha256)?.ToString();

    /// <inheritdoc/>
    protected override bool OffersRanges => part.File.Range is { IsWhole: true };

    /// <inheritdoc/>
    protected override async Task<MethodFailure?> TellNoAsync(FailureReason reason, CancellationToken cancellationToken)
    {
        part.Decline(FileReasons.Of(reason));
        return (await part.Opened.WaitAsync(cancellationToken).ConfigureAwait(false)).Failure;
    }

    /// <inheritdoc/>
    protected override async Task<MethodResult> OpenAsync(IncomingFile file, TransferReport report, IReadOnlyList<string> methods, CancellationToken cancellationToken)
    {
        part.Accept(new JingleTerms(methods, report.Attempt)
        {
            Range = file.Start > 0 ? new FileRange(file.Start) : null,
            Agreed = report.Agreed,
        });
        using (cancellationToken.Register(part.Cancel)) return await part.Opened.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task<Outcome> MoveAsync(IncomingFile file, ByteChannel channel, TransferReport report, ReceiveOptions options, CancellationToken cancellationToken)
    {
        var outcome = await file.ReceiveAsync(channel, report, options.Progress, Context.Options.TimeProvider, cancellationToken, part).ConfigureAwait(false);
        await part.FinishAsync(outcome).ConfigureAwait(false);
        return outcome;
    }
}
