using System.Security.Cryptography;
using System.Text;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Roster;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Ferry.Server.Accounts;

namespace Ferry.Server.LocalXmpp;

/// <summary>
/// Requests about subscriptions between accounts of this server, and roster sets, which may end them (RFC 6121 sections 2 and 3). Every change
/// happens in both rosters, the owner's first; the states are <see cref="SubscriptionState"/>'s. Called in the turn of presence only.
/// </summary>
internal sealed class SubscriptionFlow(
    string domain, SessionRegistry sessions, RosterStore rosters, Router router, PresenceService presence, LocalServerLimits limits)
{
    private const int MaxKeptRequest = 4096;
    private const int MaxText = 1023;
    private const int MaxGroups = 32;

    /// <summary>A client's request to the contact <paramref name="to"/>.</summary>
    public async Task FromClientAsync(Session sender, SubscriptionRequest request, Element stanza, Jid to)
    {
        var stamped = stanza.WithAttribute("from", sender.Account.ToString()).WithAttribute("to", to.ToString());
        if (to == sender.Account) return;
        if (to.Domain != domain || to.Local is null)
        {
            // Subscriptions to services and to other servers are not kept; a service may still answer.
            if (router.Domains.Any(service => service.Domain == to.Domain)) await router.SendAsync(stamped, CancellationToken.None).ConfigureAwait(false);
            else router.Bounce(stanza, new StanzaError(ErrorType.Cancel, ErrorCondition.RemoteServerNotFound, "this server talks to no other"));
            return;
        }

        var passOn = false;
        var tooMany = false;
        var (before, after) = await rosters.ChangeAsync(
            sender.Account,
            to,
            (contact, count) =>
            {
                (var state, passOn) = contact.State.Out(request);
                tooMany = contact.IsEmpty && count >= limits.MaxContacts && request == SubscriptionRequest.Subscribe;
                if (tooMany) return null;
                var listed = contact.Listed || request == SubscriptionRequest.Subscribe || state.From;
                return contact with { State = state, Listed = listed, Request = state.PendingIn ? contact.Request : null };
            },
            CancellationToken.None).ConfigureAwait(false);
        if (tooMany) router.Bounce(stanza, new StanzaError(ErrorType.Wait, ErrorCondition.ResourceConstraint, $"a roster holds {limits.MaxContacts} contacts"));
        if (after is null) return;
        if (after.Listed && Differs(before, after)) PushItem(sender.Account, after.ToItem());
        if (!passOn) return;
        await ArriveAsync(to, sender.Account, request, stamped).ConfigureAwait(false);
        if (request == SubscriptionRequest.Subscribed) presence.Show(sender.Account, to, available: true);
        if (request == SubscriptionRequest.Unsubscribed && before.State.From) presence.Show(sender.Account, to, available: false);
    }

    /// <summary>A client's roster set; null, or why not.</summary>
    public async Task<StanzaError?> SetAsync(Session sender, RosterItem item)
    {
        if (item.Subscription == Subscription.Remove) return await RemoveAsync(sender, item.Jid.Bare).ConfigureAwait(false);
        if (item.Jid.Bare == sender.Account) return new StanzaError(ErrorType.Cancel, ErrorCondition.NotAllowed);
        if (TooLong(item.Name) || item.Groups.Count > MaxGroups || item.Groups.Any(TooLong)) return new StanzaError(ErrorType.Modify, ErrorCondition.NotAcceptable);
        var (_, after) = await rosters.ChangeAsync(
            sender.Account,
            item.Jid,
            (contact, count) => contact.IsEmpty && count >= limits.MaxContacts ? null : contact with { Name = item.Name, Groups = item.Groups, Listed = true },
            CancellationToken.None).ConfigureAwait(false);
        if (after is null) return new StanzaError(ErrorType.Wait, ErrorCondition.ResourceConstraint, $"a roster holds {limits.MaxContacts} contacts");
        PushItem(sender.Account, after.ToItem());
        return null;
    }

    private async Task<StanzaError?> RemoveAsync(Session sender, Jid contact)
    {
        var (before, after) = await rosters.ChangeAsync(
            sender.Account, contact, (kept, _) => kept.Listed ? StoredContact.Unknown(kept.Jid) : null, CancellationToken.None).ConfigureAwait(false);
        if (after is null) return new StanzaError(ErrorType.Cancel, ErrorCondition.ItemNotFound);
        PushItem(sender.Account, new RosterItem(contact, null, Subscription.Remove, Asked: false, []));
        if (contact.Domain != domain) return null;
        // RFC 6121 section 2.5.2: removing ends what there was in both directions.
        if (before.State.To || before.State.PendingOut) await ArriveAsync(contact, sender.Account, SubscriptionRequest.Unsubscribe).ConfigureAwait(false);
        if (before.State.From || before.State.PendingIn) await ArriveAsync(contact, sender.Account, SubscriptionRequest.Unsubscribed).ConfigureAwait(false);
        if (before.State.From) presence.Show(sender.Account, contact, available: false);
        return null;
    }

    private Task ArriveAsync(Jid owner, Jid contact, SubscriptionRequest request) =>
        ArriveAsync(
            owner,
            contact,
            request,
            new Element(Namespaces.Client, "presence", ("type", SubscriptionState.TypeOf(request)), ("from", contact.ToString()), ("to", owner.ToString())));

    // The contact's request arrives at the owner's account. An account that does not exist looks like one that does not answer.
    private async Task ArriveAsync(Jid owner, Jid contact, SubscriptionRequest request, Element stanza)
    {
        var (deliver, answer) = (false, false);
        var (before, after) = await rosters.ChangeAsync(
            owner,
            contact,
            (kept, count) =>
            {
                (var state, deliver, answer) = kept.State.In(request);
                if (kept.IsEmpty && count >= limits.MaxContacts) return null;
                var asked = state.PendingIn ? kept.Request ?? Kept(stanza) : null;
                return kept with { State = state, Request = asked };
            },
            CancellationToken.None).ConfigureAwait(false);
        if (after is null) return;
        if (answer)
        {
            await ArriveAsync(contact, owner, SubscriptionRequest.Subscribed).ConfigureAwait(false);
            presence.Show(owner, contact, available: true);
        }

        if (!deliver) return;
        foreach (var session in sessions.Of(owner))
        {
            if (session.Available || (session.WantsRoster && request != SubscriptionRequest.Subscribe)) router.Push(session, stanza);
        }

        if (after.Listed && Differs(before, after)) PushItem(owner, after.ToItem());
        if (request == SubscriptionRequest.Unsubscribe && before.State.From) presence.Show(owner, contact, available: false);
    }

    private void PushItem(Jid account, RosterItem item)
    {
        foreach (var session in sessions.Of(account))
        {
            if (!session.WantsRoster) continue;
            var id = "push-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
            router.Push(session, new Iq(IqType.Set, id, account, session.Jid, RosterQuery.Of(item).ToElement()).ToElement());
        }
    }

    private static bool Differs(StoredContact before, StoredContact after) =>
        before.Listed != after.Listed || before.State.Subscription != after.State.Subscription || before.State.PendingOut != after.State.PendingOut;

    private static string? Kept(Element stanza)
    {
        var text = stanza.ToString();
        return text.Length <= MaxKeptRequest ? text : null;
    }

    private static bool TooLong(string? text) => text is not null && Encoding.UTF8.GetByteCount(text) > MaxText;
}
