using Ferry.Offers;
using Ferry.Peers;

namespace Ferry.Requests;

/// <summary>A kind of offer by which a peer can also be asked for a file. <c>FerryClient.GetAsync</c> goes through those that the peer knows.</summary>
internal interface IRequestKind : IOfferKind
{
    /// <summary>Whether the peer can be asked this way.</summary>
    bool CanAsk(Peer peer);

    /// <summary>Asks for the file and receives it. Never throws but for a programming error.</summary>
    Task<Outcome> GetAsync(WantedFile wanted, Peer peer, OfferTerms terms, CancellationToken cancellationToken);
}
