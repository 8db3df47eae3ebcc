using System.Collections.Concurrent;
using System.Collections.Immutable;
using Ferry.Methods;
using Ferry.Peers;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Files;
using Ferry.Protocol.Stanzas;
using Ferry.Requests;
using Ferry.Transfers;

namespace Ferry.Offers.Jingle;

/// <summary>Jingle file transfer (XEP-0166, XEP-0234), both roles, offers and requests.</summary>
internal sealed class JingleOfferKind(JingleTransportRegistry transports) : IRequestKind
{
    /// <summary>The name in options and events.</summary>
    public const string KindName = OfferNames.Jingle;

    /// <summary>Sessions that one account may have begun with us at a time; more are refused for the time being.</summary>
    public const int MostSessionsPerPeer = 8;

    private readonly ConcurrentDictionary<(Jid Peer, string Sid), JingleSessionLoop> _sessions = new();
    private OfferContext? _context;
    private bool _accepts;

    /// <inheritdoc/>
    public string Name => KindName;

    /// <inheritdoc/>
    public bool ByDefault => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Features =>
        transports.All.Count == 0 ? [] : [Namespaces.Jingle, Namespaces.JingleFile, .. HashFunction.Features, .. transports.All.Select(transport => transport.Namespace)];

    private OfferContext Context => _context ?? throw new InvalidOperationException("not attached");

    /// <inheritdoc/>
    public void Attach(OfferContext context, bool accept)
    {
        (_context, _accepts) = (context, accept);
        // Who only offers hears the peer's part of the session, too.
        context.Session.OnIq(Namespaces.Jingle, "jingle", Arrived);
    }

    /// <inheritdoc/>
    public bool CanOffer(Peer peer) =>
        transports.All.Count > 0 && (peer.Info is not null || Context.Options.Offers.Contains(KindName)) && peer.MayHave(Namespaces.Jingle) && peer.MayHave(Namespaces.JingleFile);

    /// <inheritdoc/>
    public bool LeavesSilenceToOthers => true;

    /// <inheritdoc/>
    public Task<Outcome> SendAsync(OutgoingFile file, Peer peer, OfferTerms terms, CancellationToken cancellationToken) =>
        new JingleSending(Context, this, file, peer, terms).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public bool CanAsk(Peer peer) => CanOffer(peer) && peer.Traits.ServesRequests;

    /// <inheritdoc/>
    public Task<Outcome> GetAsync(WantedFile wanted, Peer peer, OfferTerms terms, CancellationToken cancellationToken) =>
        new JingleGetting(Context, this, wanted, peer, terms).RunAsync(cancellationToken);

    /// <summary>A session of ours, which is known by its id from now on.</summary>
    public JingleSessionLoop Open(Peer peer, string sid)
    {
        var loop = new JingleSessionLoop(Context, JingleRole.Initiator, peer, sid, Over);
        _sessions[(peer.Jid, sid)] = loop;
        return loop;
    }

    private Iq? Arrived(Iq iq)
    {
        if (iq.Type != IqType.Set || iq.From is not { IsFull: true } peer) return iq.Refuse(JingleErrors.BadRequest("a Jingle request is an iq of type set"));
        var known = _sessions.TryGetValue((peer, iq.Payload!.Attribute("sid") ?? ""), out var session);
        // Looked at before it is read: what strangers send costs nothing and is told nothing.
        if (!known && !MayOffer(peer) && !MayAsk(peer)) return iq.Refuse(JingleErrors.Stranger);
        if (!JingleStanza.TryParse(iq.Payload!, out var stanza, out var error)) return iq.Refuse(error);
        if (known) return session!.TryTake(iq, stanza) ? null : iq.Refuse(JingleErrors.Busy);
        return stanza.Action == JingleAction.SessionInitiate ? Offered(iq, stanza) : iq.Refuse(JingleErrors.UnknownSession);
    }

    private bool MayOffer(Jid peer) => _accepts && Context.Inbox.Allows(peer);

    private bool MayAsk(Jid peer) => Context.Requests?.MayAsk(peer) == true;

    private Iq? Offered(Iq iq, JingleStanza stanza)
    {
        var peer = iq.From!;
        if (stanza.Contents.Any(content => content.Key.Creator != JingleRole.Initiator)) return iq.Refuse(JingleErrors.BadRequest("a content is not its creator's"));
        if (_sessions.Keys.Count(key => key.Peer.Bare == peer.Bare) >= MostSessionsPerPeer) return iq.Refuse(JingleErrors.Busy);
        var offers = MayOffer(peer) ? stanza.Contents.Count(JingleReception.IsOffer) : 0;
        if (MayAsk(peer) && stanza.Contents.Any(content => !JingleReception.IsOffer(content)) && !Context.RequestRate.TryTake(peer)) return iq.Refuse(JingleErrors.AskedTooOften);
        if (!Admit(peer, offers)) return iq.Refuse(JingleErrors.Busy);
        var reception = new JingleReception(Context, mayOffer: MayOffer(peer), mayAsk: MayAsk(peer), offers);
        var loop = new JingleSessionLoop(Context, JingleRole.Responder, Context.PeerOf(peer), stanza.Sid, ended =>
        {
            reception.ReleaseRest(peer);
            Over(ended);
        })
        {
            ContentsOffered = reception.TakeAsync,
            Released = reception.Release,
        };
        reception.Loop = loop;
        if (!_sessions.TryAdd((peer, stanza.Sid), loop))
        {
            reception.ReleaseRest(peer);
            return iq.Refuse(JingleErrors.OutOfOrder);
        }

        loop.TryTake(iq, stanza);
        Context.Tasks.Run(loop.RunAsync);
        return null;
    }

    private bool Admit(Jid peer, int offers)
    {
        for (var i = 0; i < offers; i++)
        {
            if (Context.Inbox.TryAdmit(peer) == OfferInbox.Verdict.Admitted) continue;
            for (; i > 0; i--) Context.Inbox.Release(peer);
            return false;
        }

        return true;
    }

    private void Over(JingleSessionLoop loop) => _sessions.TryRemove(new KeyValuePair<(Jid, string), JingleSessionLoop>((loop.Peer.Jid, loop.Sid), loop));
}
