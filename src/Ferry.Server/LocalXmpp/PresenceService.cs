using System.Globalization;
using System.Text;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Roster;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Ferry.Server.Accounts;

namespace Ferry.Server.LocalXmpp;

/// <summary>
/// Presence between the accounts of this server (RFC 6121 section 4) and what subscriptions do to it. One thing at a time for the whole server,
/// so nobody ever sees somebody available who left meanwhile; nothing here waits for a client, only for the roster store.
/// </summary>
internal sealed class PresenceService(string domain, SessionRegistry sessions, RosterStore rosters, Router router, LocalServerLimits limits) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private SubscriptionFlow? _subscriptions;

    private SubscriptionFlow Subscriptions => _subscriptions ??= new SubscriptionFlow(domain, sessions, rosters, router, this, limits);

    /// <summary>A presence stanza of a client, stamped with its full address.</summary>
    public async ValueTask FromClientAsync(Session sender, Element presence, Jid? to, CancellationToken cancellationToken)
    {
        var type = presence.Attribute("type");
        if (SubscriptionState.TryParse(type, out var request))
        {
            await InTurnAsync(() => Subscriptions.FromClientAsync(sender, request, presence, (to ?? sender.Account).Bare), cancellationToken).ConfigureAwait(false);
            return;
        }

        switch (type)
        {
            case null or "unavailable" when to is null:
                await InTurnAsync(() => type is null ? AvailableAsync(sender, presence) : UnavailableAsync(sender, presence), cancellationToken).ConfigureAwait(false);
                break;
            case null or "unavailable":
                await DirectAsync(sender, presence, to, cancellationToken).ConfigureAwait(false);
                break;
            case "probe" when to is not null:
                await InTurnAsync(() => ProbeAsync(sender, to), cancellationToken).ConfigureAwait(false);
                break;
            case "error":
                if (to is { IsFull: true } && sessions.Find(to) is { } target) router.Push(target, presence);
                break;
            default:
                router.Bounce(presence, new StanzaError(ErrorType.Modify, ErrorCondition.BadRequest));
                break;
        }
    }

    /// <summary>A session is gone: those who saw it are told, unless it said so itself.</summary>
    public Task LeaveAsync(Session session)
    {
        if (!session.Available && session.Directed.Count == 0) return Task.CompletedTask;
        return InTurnAsync(() => UnavailableAsync(session, Unavailable(session)), CancellationToken.None);
    }

    /// <summary>A change of a roster, in the same turn as presence.</summary>
    public Task<Iq> ChangeRosterAsync(Session session, Iq request, RosterItem item, CancellationToken cancellationToken)
    {
        return InTurnAsync(Change, cancellationToken);

        async Task<Iq> Change() => await Subscriptions.SetAsync(session, item).ConfigureAwait(false) is { } error ? request.Refuse(error) : request.Result();
    }

    /// <summary>In turn: shows every available resource of <paramref name="owner"/> to those of <paramref name="watcher"/>, or their end.</summary>
    public void Show(Jid owner, Jid watcher, bool available)
    {
        foreach (var shown in sessions.Of(owner))
        {
            if (shown.Presence is not { } presence) continue;
            var stanza = (available ? presence : Unavailable(shown)).WithAttribute("to", watcher.ToString());
            foreach (var session in sessions.Of(watcher))
            {
                if (session.Available) router.Push(session, stanza);
            }
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task InTurnAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await work().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<T> InTurnAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    // RFC 6121 sections 4.2 and 4.4.
    private async Task AvailableAsync(Session session, Element presence)
    {
        if (!TryPriority(presence, out var priority))
        {
            router.Bounce(presence, new StanzaError(ErrorType.Modify, ErrorCondition.BadRequest, "the priority is no number from -128 to 127"));
            return;
        }

        var first = !session.Available;
        (session.Priority, session.Presence, session.Available) = (priority, presence, true);
        var contacts = await rosters.AllAsync(session.Account, CancellationToken.None).ConfigureAwait(false);
        Broadcast(session, presence, contacts);
        if (!first) return;
        foreach (var other in sessions.Of(session.Account))
        {
            if (other != session && other.Presence is { } shown) router.Push(session, shown.WithAttribute("to", session.Account.ToString()));
        }

        foreach (var contact in contacts)
        {
            if (contact.State.To) await ShowToAsync(contact.Jid, session).ConfigureAwait(false);
            if (contact.State.PendingIn) router.Push(session, PendingRequest(contact, session.Account));
        }
    }

    private async Task UnavailableAsync(Session session, Element presence)
    {
        var was = session.Available;
        (session.Available, session.Presence) = (false, null);
        HashSet<Session> told = [];
        if (was)
        {
            var contacts = await rosters.AllAsync(session.Account, CancellationToken.None).ConfigureAwait(false);
            told = Broadcast(session, presence, contacts);
        }

        foreach (var to in session.Directed)
        {
            var stanza = presence.WithAttribute("to", to.ToString());
            if (to.Domain != domain) await router.SendAsync(stanza, CancellationToken.None).ConfigureAwait(false);
            foreach (var target in Targets(to))
            {
                if (target != session && told.Add(target)) router.Push(target, stanza);
            }
        }

        session.Directed.Clear();
    }

    private HashSet<Session> Broadcast(Session session, Element presence, IReadOnlyList<StoredContact> contacts)
    {
        HashSet<Session> told = [];
        foreach (var watcher in contacts.Where(contact => contact.State.From).Select(contact => contact.Jid).Append(session.Account))
        {
            var stanza = presence.WithAttribute("to", watcher.ToString());
            foreach (var target in sessions.Of(watcher))
            {
                if (target.Available && told.Add(target)) router.Push(target, stanza);
            }
        }

        return told;
    }

    // RFC 6121 section 4.6: to anybody, whatever the rosters say.
    private async ValueTask DirectAsync(Session sender, Element presence, Jid to, CancellationToken cancellationToken)
    {
        if (to.Domain != domain)
        {
            await InTurnAsync(() => Remember(sender, presence, to), cancellationToken).ConfigureAwait(false);
            await router.SendAsync(presence, cancellationToken).ConfigureAwait(false);
            return;
        }

        await InTurnAsync(
            () =>
            {
                foreach (var target in Targets(to)) router.Push(target, presence);
                return Remember(sender, presence, to);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private Task Remember(Session sender, Element presence, Jid to)
    {
        if (presence.Attribute("type") is not null) sender.Directed.Remove(to);
        else if (sender.Directed.Count < limits.MaxDirected) sender.Directed.Add(to);
        return Task.CompletedTask;
    }

    private IEnumerable<Session> Targets(Jid to)
    {
        if (!to.IsFull) return sessions.Of(to).Where(session => session.Available);
        return sessions.Find(to) is { } session ? [session] : [];
    }

    // RFC 6121 section 4.3: silence to those who may not know.
    private Task ProbeAsync(Session asking, Jid to) => ShowToAsync(to.Bare, asking);

    private async Task ShowToAsync(Jid contact, Session watcher)
    {
        var shown = sessions.Of(contact).Where(session => session.Presence is not null).ToList();
        if (shown.Count == 0) return;
        var allowed = contact == watcher.Account
            || await rosters.FindAsync(contact, watcher.Account, CancellationToken.None).ConfigureAwait(false) is { State.From: true };
        if (!allowed) return;
        foreach (var session in shown)
        {
            if (session.Presence is { } presence) router.Push(watcher, presence.WithAttribute("to", watcher.Account.ToString()));
        }
    }

    private static Element Unavailable(Session session) => new(Namespaces.Client, "presence", ("from", session.From), ("type", "unavailable"));

    private static Element PendingRequest(StoredContact contact, Jid owner)
    {
        if (contact.Request is { } kept)
        {
            var read = new ElementReader(XmlLimits.Default).Read(Encoding.UTF8.GetBytes(kept), Namespaces.Client);
            if (read.Element is { } element) return element;
        }

        return new Element(Namespaces.Client, "presence", ("type", "subscribe"), ("from", contact.Jid.ToString()), ("to", owner.ToString()));
    }

    private static bool TryPriority(Element presence, out sbyte priority)
    {
        priority = 0;
        return presence.Child(Namespaces.Client, "priority") is not { } given
            || sbyte.TryParse(given.Text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out priority);
    }
}
