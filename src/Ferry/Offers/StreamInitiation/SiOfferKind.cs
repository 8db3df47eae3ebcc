using System.Collections.Concurrent;
using Ferry.Methods;
using Ferry.Peers;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.StreamInitiation;
using Ferry.Transfers;

namespace Ferry.Offers.StreamInitiation;

/// <summary>Stream initiation with the file-transfer profile (XEP-0095, XEP-0096), both roles.</summary>
internal sealed class SiOfferKind : IOfferKind
{
    /// <summary>The name in options and events.</summary>
    public const string KindName = OfferNames.StreamInitiation;

    private readonly ConcurrentDictionary<(Jid Peer, string Id), SiReceiving> _receiving = new();
    private OfferContext? _context;

    /// <inheritdoc/>
    public string Name => KindName;

    /// <inheritdoc/>
    public bool ByDefault => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Features => [Namespaces.StreamInitiation, Namespaces.FileTransferProfile, Namespaces.FeatureNegotiation];

    private OfferContext Context => _context ?? throw new InvalidOperationException("not attached");

    /// <summary>A stream method as the negotiation sees it. In-band is what everybody falls back to.</summary>
    public static SiMethod NegotiationMethod(IStreamMethod method) => new(method.Feature, LastResort: method.Feature == Namespaces.InBandBytestreams);

    /// <inheritdoc/>
    public void Attach(OfferContext context, bool accept)
    {
        _context = context;
        if (accept) context.Session.OnIq(Namespaces.StreamInitiation, "si", OfferArrived);
    }

    /// <inheritdoc/>
    public bool CanOffer(Peer peer) => peer.MayHave(Namespaces.StreamInitiation) && peer.MayHave(Namespaces.FileTransferProfile);

    /// <inheritdoc/>
    public Task<Outcome> SendAsync(OutgoingFile file, Peer peer, OfferTerms terms, CancellationToken cancellationToken) =>
        new SiSending(Context, file, peer, terms).RunAsync(cancellationToken);

    private Iq? OfferArrived(Iq iq)
    {
        if (iq.Type != IqType.Set || iq.From is not { } peer) return iq.Refuse(SiErrors.BadRequest("an offer is an iq of type set"));
        // Looked at before it is read: what strangers send costs nothing and is told nothing.
        var verdict = Context.Inbox.TryAdmit(peer);
        if (verdict == OfferInbox.Verdict.Stranger) return iq.Refuse(SiErrors.Stranger);
        if (verdict == OfferInbox.Verdict.Full) return iq.Refuse(new StanzaError(ErrorType.Wait, ErrorCondition.ResourceConstraint, "too many offers are waiting"));
        if (!SiOffer.TryParse(iq.Payload!, out var offer, out var error)) return RefuseAdmitted(iq, error);
        var receiving = new SiReceiving(Context, offer, iq, Over);
        if (!_receiving.TryAdd((peer, offer.Id), receiving)) return RefuseAdmitted(iq, SiErrors.Duplicate);
        Context.Tasks.Run(receiving.RunAsync);
        return null;
    }

    private Iq RefuseAdmitted(Iq iq, StanzaError error)
    {
        Context.Inbox.Release(iq.From!);
        return iq.Refuse(error);
    }

    private void Over(SiReceiving receiving) => _receiving.TryRemove((receiving.Peer, receiving.Id), out _);
}
