using Ferry.Peers;
using Ferry.Transfers;

namespace Ferry.Offers;

/// <summary>
/// A way to say which file: stream initiation, a bare stream, later Jingle and others. Adding one is a new folder and one line in
/// <see cref="FerryClient"/>'s registration; kinds know methods only through <see cref="Methods.MethodRegistry"/>.
/// </summary>
internal interface IOfferKind
{
    /// <summary>The name in options and events.</summary>
    string Name { get; }

    /// <summary>What it adds to our feature list while it is switched on.</summary>
    IReadOnlyList<string> Features { get; }

    /// <summary>Whether it takes part when nobody names the offers.</summary>
    bool ByDefault { get; }

    /// <summary>Whether a file that went to nobody because neither side could connect is offered by the next kind.</summary>
    bool LeavesUnreachableToOthers => false;

    /// <summary>Whether a file whose offer was not answered at all is offered by the next kind: some clients have this one and fail at it silently.</summary>
    bool LeavesSilenceToOthers => false;

    /// <summary>Gives it the session; <paramref name="accept"/> registers its handlers too, so that others may offer this way.</summary>
    void Attach(OfferContext context, bool accept);

    /// <summary>Whether the peer could take such an offer.</summary>
    bool CanOffer(Peer peer);

    /// <summary>Offers the file and, once there is a channel, sends it. Never throws but for a programming error.</summary>
    Task<Outcome> SendAsync(OutgoingFile file, Peer peer, OfferTerms terms, CancellationToken cancellationToken);
}
