using Ferry.Methods;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;
using Ferry.Protocol.StreamInitiation;
using Ferry.Transfers;

namespace Ferry.Offers.StreamInitiation;

/// <summary>An SI offer as the library's user sees it.</summary>
internal sealed class SiIncomingOffer(OfferContext context, SiOffer offer, Jid peer, SiReceiving receiving) : NegotiatedOffer(context)
{
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
    protected override string? Md5 => offer.File.Hash;

    /// <inheritdoc/>
    protected override string? KnownBy => offer.File.Hash;

    /// <inheritdoc/>
    protected override bool OffersRanges => offer.File.RangeOffered;

    /// <inheritdoc/>
    protected override async Task<MethodFailure?> TellNoAsync(FailureReason reason, CancellationToken cancellationToken)
    {
        receiving.Decline(SiRefusals.For(reason));
        return FailureOf(await receiving.End.WaitAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    protected override async Task<MethodResult> OpenAsync(IncomingFile file, TransferReport report, IReadOnlyList<string> methods, CancellationToken cancellationToken)
    {
        receiving.Report = report.Attempt;
        receiving.Allowed = methods;
        SiReceiving.NegotiationEnd end;
        using (cancellationToken.Register(receiving.Cancel))
        {
            receiving.Accept(file.Start);
            end = await receiving.End.ConfigureAwait(false);
        }

        return end.Channel is { } channel ? channel : FailureOf(end);
    }

    /// <inheritdoc/>
    protected override async Task<Outcome> MoveAsync(IncomingFile file, ByteChannel channel, TransferReport report, ReceiveOptions options, CancellationToken cancellationToken)
    {
        var outcome = await file.ReceiveAsync(channel, report, options.Progress, Context.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
        receiving.Finished();
        return outcome;
    }

    private static MethodFailure FailureOf(SiReceiving.NegotiationEnd end) => new(end.Reason, SideOf(end.Reason), end.Text);

    private static Side SideOf(FailureReason reason) => reason switch
    {
        FailureReason.NoMethod => Side.Network,
        FailureReason.StreamLost => Side.Server,
        FailureReason.Internal => Side.Here,
        _ => Side.Peer,
    };
}
