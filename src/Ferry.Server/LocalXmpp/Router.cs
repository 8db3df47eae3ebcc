using System.Collections.Concurrent;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;
using Ferry.Server.Requests;

namespace Ferry.Server.LocalXmpp;

/// <summary>
/// Brings stanzas where they belong (RFC 6120 section 10, RFC 6121 section 8). It runs on the reader of the sending session: where the receiver's
/// queue is full, that reader waits, so TCP slows the sender down. Nobody else waits.
/// </summary>
internal sealed class Router(string domain, SessionRegistry sessions, LocalServerLimits limits, TimeProvider time)
{
    private static readonly StanzaError Nobody = new(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);

    private readonly ConcurrentDictionary<string, ILocalDomain> _domains = new(StringComparer.Ordinal);

    /// <summary>Features of the server's own address.</summary>
    public IqHandlers ServerFeatures { get; } = new();

    /// <summary>Features of every account's bare address.</summary>
    public IqHandlers AccountFeatures { get; } = new();

    /// <summary>Other domains of this server.</summary>
    public IEnumerable<ILocalDomain> Domains => _domains.Values;

    public PresenceService? Presence { get; set; }

    /// <summary>In-band bytestreams between the clients here.</summary>
    public InBandTransfers InBand { get; } = new(sessions, time);

    /// <summary>Gives a domain to a service.</summary>
    public void Register(ILocalDomain service)
    {
        if (service.Domain == domain || !_domains.TryAdd(service.Domain, service)) throw new InvalidOperationException($"{service.Domain} is taken");
    }

    /// <summary>A stanza from a client. Its <c>from</c> is replaced by what the server knows (RFC 6120 section 8.1.2.1).</summary>
    public async ValueTask FromClientAsync(Session sender, Element stanza, CancellationToken cancellationToken)
    {
        var toText = stanza.Attribute("to");
        var stamped = stanza.Attribute("from") == sender.From ? stanza : stanza.WithAttribute("from", sender.From);
        Jid? to = null;
        if (toText is not null && !sender.TryRecall(toText, out to))
        {
            Reply(sender, stamped, new StanzaError(ErrorType.Modify, ErrorCondition.JidMalformed));
            return;
        }

        if (stamped.Name == "presence") await Presence!.FromClientAsync(sender, stamped, to, cancellationToken).ConfigureAwait(false);
        else if (stamped.Name == "iq" && !IsIq(stamped)) Reply(sender, stamped, new StanzaError(ErrorType.Modify, ErrorCondition.BadRequest));
        else await RouteAsync(stamped, sender.Jid, to ?? sender.Account, sender, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A stanza from the server or one of its services; its addresses are set.</summary>
    public ValueTask SendAsync(Element stanza, CancellationToken cancellationToken)
    {
        if (!Jid.TryParse(stanza.Attribute("from"), out var from) || !Jid.TryParse(stanza.Attribute("to"), out var to))
        {
            throw new ArgumentException("the stanza is not addressed", nameof(stanza));
        }

        return RouteAsync(stanza, from, to, null, cancellationToken);
    }

    /// <summary>Sends back an error for what could not be delivered, without waiting for anybody.</summary>
    public void Bounce(Element stanza, StanzaError error)
    {
        if (StanzaAnswer.Error(stanza, error) is not { } answer || !Jid.TryParse(stanza.Attribute("from"), out var back)) return;
        if (back.Domain != domain)
        {
            if (_domains.TryGetValue(back.Domain, out var service) && Jid.TryParse(stanza.Attribute("to"), out var from)) service.HandleBounce(answer, from);
        }
        else if (back.IsFull && sessions.Find(back) is { } session)
        {
            Push(session, answer);
        }
    }

    /// <summary>What the server itself says to a session. One whose reserve is used up is ended.</summary>
    public void Push(Session target, Element stanza)
    {
        if (target.Out.Push(stanza) == Admission.Full) target.RequestEnd(TooSlow(target));
    }

    private static bool IsIq(Element iq)
    {
        if (iq.Attribute("id") is not { Length: > 0 }) return false;
        if (iq.Attribute("type") is "result" or "error") return true;
        return iq.Attribute("type") is "get" or "set" && iq.FirstChild is not null && iq.Children.Count() == 1;
    }

    private async ValueTask RouteAsync(Element stanza, Jid from, Jid to, Session? sender, CancellationToken cancellationToken)
    {
        if (to.Domain != domain)
        {
            if (_domains.TryGetValue(to.Domain, out var service)) await service.HandleAsync(stanza, from, to, cancellationToken).ConfigureAwait(false);
            else if (stanza.Name != "presence") Bounce(stanza, new StanzaError(ErrorType.Cancel, ErrorCondition.RemoteServerNotFound, "this server talks to no other"));
        }
        else if (to is { IsFull: true, Local: not null })
        {
            await ToFullAsync(stanza, to, sender, cancellationToken).ConfigureAwait(false);
        }
        else if (stanza.Name == "iq")
        {
            await AnswerAsync(stanza, from, to, sender, cancellationToken).ConfigureAwait(false);
        }
        else if (stanza.Name == "message" && to.Local is not null)
        {
            await ToAccountAsync(stanza, to, sender, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            Bounce(stanza, Nobody);
        }
    }

    // RFC 6121 section 8.5.3.
    private async ValueTask ToFullAsync(Element stanza, Jid to, Session? sender, CancellationToken cancellationToken)
    {
        if (sender is not null) InBand.Pass(stanza, sender.Jid, to);
        if (sessions.Find(to) is { } session && await DeliverAsync(session, stanza, sender, cancellationToken).ConfigureAwait(false)) return;
        if (stanza.Name == "message" && stanza.Attribute("type") is null or "normal" or "chat") await ToAccountAsync(stanza, to, sender, cancellationToken).ConfigureAwait(false);
        else if (stanza.Name != "presence" && stanza.Attribute("type") is not "headline") Bounce(stanza, Nobody);
    }

    // RFC 6121 section 8.5.2: nothing is kept for later, so what reaches nobody comes back.
    private async ValueTask ToAccountAsync(Element message, Jid account, Session? sender, CancellationToken cancellationToken)
    {
        var type = message.Attribute("type");
        if (type is "error") return;
        var delivered = false;
        if (type is not "groupchat")
        {
            foreach (var session in sessions.Of(account))
            {
                if (session.Available && session.Priority >= 0) delivered |= await DeliverAsync(session, message, sender, cancellationToken).ConfigureAwait(false);
            }
        }

        if (!delivered && type is not "headline") Bounce(message, Nobody);
    }

    // An iq to the domain or to a bare address is the server's to answer (RFC 6120 section 10.3.2, 10.5.3).
    private async ValueTask AnswerAsync(Element stanza, Jid from, Jid to, Session? sender, CancellationToken cancellationToken)
    {
        if (!Iq.TryParse(stanza, out var iq) || !iq.IsRequest) return;
        if (to.Resource is not null)
        {
            Bounce(stanza, Nobody);
            return;
        }

        var handlers = to.Local is null ? ServerFeatures : AccountFeatures;
        var answer = await handlers.AnswerAsync(new IqRequest(iq, from, to), cancellationToken).ConfigureAwait(false);
        // An answer on behalf of the own account to a request without address has none either.
        var element = (answer with { From = iq.To, To = from }).ToElement();
        if (sender is not null) Push(sender, element);
        else await SendAsync(element, cancellationToken).ConfigureAwait(false);
    }

    private void Reply(Session sender, Element stanza, StanzaError error)
    {
        if (StanzaAnswer.Error(stanza, error) is { } answer) Push(sender, answer);
    }

    private async ValueTask<bool> DeliverAsync(Session target, Element stanza, Session? sender, CancellationToken cancellationToken)
    {
        var bytes = StanzaSize.Of(stanza);
        while (true)
        {
            switch (target.Out.Offer(stanza, bytes))
            {
                case Admission.Taken: return true;
                case Admission.Closed: return false;
            }

            // A session without connection frees no room, and a service has no client that TCP could slow down.
            if (target.Connection is null || sender is null) return false;
            if (await HasRoomAsync(target, cancellationToken).ConfigureAwait(false)) continue;
            target.RequestEnd(TooSlow(target));
            return false;
        }
    }

    private async Task<bool> HasRoomAsync(Session target, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var room = target.Out.RoomAsync();
        var first = await Task.WhenAny(room, Task.Delay(limits.QueueWait, time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return first == room;
    }

    private static StreamError TooSlow(Session session) =>
        new(StreamCondition.ResourceConstraint, $"{session.From} did not read what was sent to it: {session.Out.Bytes} bytes are waiting");
}
