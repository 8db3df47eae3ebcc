using Ferry.Contacts;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Peers;

/// <summary>
/// Presence to those who are not on the roster: we introduce ourselves before we offer, since Gajim and Dino follow nothing else, and a Ferry
/// that accepts files from somebody who introduces himself answers in kind. That is how two accounts that never met find each other. Pidgin introduces
/// itself to nobody, and follows nobody but its contacts: where it asks to see one who accepts its files, that is its introduction.
/// </summary>
internal sealed class Introductions(StanzaSession session, OwnIdentity identity, Roster roster, PeerPolicy policy)
{
    /// <summary>Accounts remembered; beyond that the oldest must introduce themselves anew.</summary>
    public const int Capacity = 10_000;

    private readonly Lock _lock = new();
    private readonly HashSet<Jid> _introduced = [];
    private readonly HashSet<Jid> _answered = [];
    private readonly Queue<Jid> _order = new();

    /// <summary>Tells everybody who sees our presence that we are there.</summary>
    public async ValueTask AnnounceAsync(CancellationToken cancellationToken) =>
        await session.SendAsync(Available(null).ToElement(), cancellationToken).ConfigureAwait(false);

    /// <summary>Directed presence with our capabilities to a bare or full address.</summary>
    public async ValueTask IntroduceAsync(Jid peer, CancellationToken cancellationToken)
    {
        lock (_lock) Remember(_introduced, peer.Bare);
        await session.SendAsync(Available(peer).ToElement(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether we showed ourselves to this account, so that it may ask us what we can do.</summary>
    public bool WasIntroduced(Jid peer)
    {
        lock (_lock) return _introduced.Contains(peer.Bare) || _answered.Contains(peer);
    }

    /// <summary>After a log-in: those whom we answered were told that we left, and are answered again.</summary>
    public void BeginAnew()
    {
        lock (_lock) _answered.Clear();
    }

    /// <summary>What to answer to a presence, or null.</summary>
    public Element? Answer(Presence presence)
    {
        if (presence.From is not { } from || from.Bare == session.Jid.Bare) return null;
        // Somebody whom our user added asks to see our presence: that was part of adding.
        if (presence.Type == "subscribe" && roster.Knows(from)) return new Presence(null, "subscribed", null, from.Bare, []).ToElement();
        // Whether it may for good is our user's to say (RFC 6121 section 3.1.3); that we are there now, those may know from whom we take files.
        if (presence.Type == "subscribe" && policy.Allows(from)) return Available(from.Bare).ToElement();
        if (presence.Type == "unavailable")
        {
            lock (_lock) _answered.Remove(from);
            return null;
        }

        if (!presence.IsAvailable || !from.IsFull || !policy.Allows(from)) return null;
        lock (_lock)
        {
            // Once for each resource: two who answer each other must come to an end.
            if (_answered.Contains(from)) return null;
            Remember(_answered, from);
        }

        return Available(from).ToElement();
    }

    // Below zero: a program that moves files takes no chat messages away from the account's person (RFC 6121 section 4.7.2.3).
    private Presence Available(Jid? to) => new(null, null, null, to, [new Element(Protocol.Namespaces.Client, "priority", "-1"), identity.Caps]);

    private void Remember(HashSet<Jid> set, Jid jid)
    {
        if (!set.Add(jid)) return;
        _order.Enqueue(jid);
        while (_order.Count > Capacity)
        {
            var oldest = _order.Dequeue();
            _introduced.Remove(oldest);
            _answered.Remove(oldest);
        }
    }
}
