using System.Diagnostics.CodeAnalysis;
using Ferry.Net.Relaying;
using Ferry.Protocol.Addressing;

namespace Ferry.Server.Relay;

/// <summary>What each user has in use: streams and bandwidth. A user without streams is forgotten. Not for several threads at once.</summary>
internal sealed class UserShares(int maxStreams, long? rate, TimeProvider time)
{
    private readonly Dictionary<Jid, Share> _shares = [];

    /// <summary>Takes one more stream for a bare JID; false when that would be one too many.</summary>
    public bool TryTake(Jid user, [NotNullWhen(true)] out Share? share)
    {
        if (!_shares.TryGetValue(user, out share)) _shares[user] = share = new Share(rate is { } bound ? new RateLimit(bound, time) : null);
        if (share.Streams >= maxStreams) share = null;
        else share.Streams++;
        return share is not null;
    }

    /// <summary>Whether this bare JID has any.</summary>
    public bool Has(Jid user) => _shares.ContainsKey(user);

    public void GiveBack(Jid user)
    {
        if (_shares.TryGetValue(user, out var share) && --share.Streams == 0) _shares.Remove(user);
    }

    /// <summary>One user's.</summary>
    internal sealed class Share(RateLimit? rate)
    {
        public RateLimit? Rate => rate;

        public int Streams { get; set; }
    }
}
