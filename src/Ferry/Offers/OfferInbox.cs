using System.Threading.Channels;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Peers;

namespace Ferry.Offers;

/// <summary>
/// Offers that wait for <see cref="FerryClient.IncomingOffersAsync"/>. Strangers are refused before anything is kept; those who may offer are
/// bounded for each peer and in all.
/// </summary>
internal sealed class OfferInbox(PeerPolicy policy)
{
    /// <summary>Offers of one account that are not decided yet.</summary>
    public const int PerPeer = KnownPeers.FerryUndecidedOffers;

    /// <summary>Offers of everybody that are not decided yet.</summary>
    public const int InAll = 100;

    private readonly Channel<IncomingOffer> _offers = Channel.CreateBounded<IncomingOffer>(InAll);
    private readonly Lock _lock = new();
    private readonly Dictionary<Jid, int> _pending = [];
    private int _total;

    /// <summary>What came of asking for room.</summary>
    public enum Verdict
    {
        /// <summary>There is room: <see cref="Release"/> gives it back.</summary>
        Admitted,

        /// <summary>Not one of those who may offer.</summary>
        Stranger,

        /// <summary>Too many are waiting.</summary>
        Full,
    }

    /// <summary>Reads offers as they come.</summary>
    public ChannelReader<IncomingOffer> Reader => _offers.Reader;

    /// <summary>Whether this peer may offer at all.</summary>
    public bool Allows(Jid peer) => peer.IsFull && policy.Allows(peer);

    /// <summary>Asks for room for one more offer of this peer.</summary>
    public Verdict TryAdmit(Jid peer)
    {
        if (!Allows(peer)) return Verdict.Stranger;
        lock (_lock)
        {
            var count = _pending.GetValueOrDefault(peer.Bare);
            if (count >= PerPeer || _total >= InAll) return Verdict.Full;
            _pending[peer.Bare] = count + 1;
            _total++;
            return Verdict.Admitted;
        }
    }

    /// <summary>An offer was decided or is gone.</summary>
    public void Release(Jid peer)
    {
        lock (_lock)
        {
            var count = _pending[peer.Bare] - 1;
            if (count == 0) _pending.Remove(peer.Bare);
            else _pending[peer.Bare] = count;
            _total--;
        }
    }

    /// <summary>Shows an admitted offer. False: nobody will look at it any more.</summary>
    public bool TryShow(IncomingOffer offer) => _offers.Writer.TryWrite(offer);

    /// <summary>No more offers.</summary>
    public void Close() => _offers.Writer.TryComplete();
}
