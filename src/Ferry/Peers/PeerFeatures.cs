using System.Collections.Concurrent;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.Peers;
using Ferry.Protocol.Stanzas;

namespace Ferry.Peers;

/// <summary>What a peer said that it can do.</summary>
/// <param name="Jid">Its full address.</param>
/// <param name="Info">Its answer to disco#info; null when it gave none.</param>
/// <param name="Caps">What its presence announced, or null.</param>
internal sealed record Peer(Jid Jid, DiscoInfo? Info, EntityCaps? Caps)
{
    /// <summary>Whether it has the feature; a peer that told nothing may have everything, so it is tried.</summary>
    public bool MayHave(string feature) => Info is null || Info.Has(feature);

    /// <summary>What is peculiar to its make.</summary>
    public PeerTraits Traits => KnownPeers.Of(Caps, Info);
}

/// <summary>Asks peers what they can do and remembers it by verified capabilities hash (XEP-0115 section 5.4).</summary>
internal sealed class PeerFeatures(StanzaSession session, PresenceBook presence, TimeSpan wait)
{
    /// <summary>Hashes remembered: more are asked for again.</summary>
    public const int Capacity = 1000;

    /// <summary>How long a peer may take to answer.</summary>
    public static readonly TimeSpan UsualWait = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<EntityCaps, DiscoInfo> _byCaps = new();

    /// <summary>What became of asking.</summary>
    /// <param name="Peer">The peer; its info is null where it answered with an error that does not mean that it is gone.</param>
    /// <param name="Reply">The answer as it came; null when it was known already.</param>
    public readonly record struct Found(Peer Peer, IqReply? Reply);

    /// <summary>Asks a full address, unless its announced capabilities are known.</summary>
    public async Task<Found> AskAsync(Jid jid, CancellationToken cancellationToken)
    {
        var caps = presence.CapsOf(jid);
        if (caps is not null && _byCaps.TryGetValue(caps, out var known)) return new Found(new Peer(jid, known, caps), null);
        var reply = await session.RequestAsync(jid, IqType.Get, DiscoInfo.Query(caps?.QueryNode), wait, cancellationToken).ConfigureAwait(false);
        if (reply.Error?.Condition == ErrorCondition.ItemNotFound && caps is not null)
        {
            // Its caps changed, or it answers none by node: ask plainly.
            reply = await session.RequestAsync(jid, IqType.Get, DiscoInfo.Query(), wait, cancellationToken).ConfigureAwait(false);
        }

        // A peer that we introduced ourselves to just now showed itself before it answered this.
        caps = presence.CapsOf(jid) ?? caps;
        if (!reply.IsResult || !DiscoInfo.TryParse(reply.Payload, out var info)) return new Found(new Peer(jid, null, caps), reply);
        if (caps is not null && _byCaps.Count < Capacity && caps.Verifies(info)) _byCaps[caps] = info;
        return new Found(new Peer(jid, info, caps), reply);
    }
}
