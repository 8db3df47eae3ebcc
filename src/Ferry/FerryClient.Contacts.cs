using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry;

/// <summary>Contacts and presence, and our answers to the questions that everybody asks.</summary>
public sealed partial class FerryClient
{
    /// <summary>The account's contacts.</summary>
    /// <exception cref="FerryException">The server did not give the roster.</exception>
    public async Task<IReadOnlyList<Contact>> GetContactsAsync(CancellationToken cancellationToken = default)
    {
        Require(await _roster.LoadAsync(cancellationToken).ConfigureAwait(false), "the roster was not given");
        return _roster.Contacts;
    }

    /// <summary>Adds a contact, asks to see its presence and lets it see ours.</summary>
    /// <exception cref="FerryException">The server refused.</exception>
    public async Task AddContactAsync(Jid contact, string? name = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(contact);
        Require(await _roster.SetAsync(contact, name, cancellationToken).ConfigureAwait(false), $"{contact.Bare} was not added");
        await SubscriptionAsync(contact, "subscribe", cancellationToken).ConfigureAwait(false);
        await SubscriptionAsync(contact, "subscribed", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes a contact and ends both subscriptions.</summary>
    /// <exception cref="FerryException">The server refused.</exception>
    public async Task RemoveContactAsync(Jid contact, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(contact);
        Require(await _roster.RemoveAsync(contact, cancellationToken).ConfigureAwait(false), $"{contact.Bare} was not removed");
    }

    /// <summary>Whether the roster, as it is known now, has the account in that group.</summary>
    internal bool KnowsInGroup(string account, string group) => _roster.IsInGroup(Jid.Parse(account), [group]);

    private void AttachOwnAnswers()
    {
        _session.Admits = Admits;
        _session.PresenceHandler = HandlePresence;
        _session.OnIq(Namespaces.DiscoInfo, "query", iq => iq.Type == IqType.Get ? _identity.AnswerInfo(iq) : NotImplemented(iq));
        _session.OnIq(Namespaces.DiscoItems, "query", iq => iq.Type == IqType.Get ? OwnIdentity.AnswerItems(iq) : NotImplemented(iq));
        AttachSharing();
        _session.OnIq(Namespaces.Ping, "ping", iq => iq.Type == IqType.Get ? iq.Result() : NotImplemented(iq));
    }

    private static Iq NotImplemented(Iq iq) => iq.Refuse(ErrorType.Cancel, ErrorCondition.FeatureNotImplemented);

    // Strangers get the answer of a client that is not there: neither our presence nor our features are told to them.
    private bool Admits(Iq iq)
    {
        if (iq.From is not { } from || from.Bare == Jid.Bare || from.ToString() == Jid.Domain) return true;
        return _options.AcceptFrom.Allows(from) || _options.Requests?.MayAsk(from) == true || _introductions.WasIntroduced(from) || _roster.SeesUs(from) || _socks5.Expects(iq, from);
    }

    private Element? HandlePresence(Presence presence)
    {
        _presence.Hear(presence);
        return _introductions.Answer(presence);
    }

    private async Task SubscriptionAsync(Jid contact, string type, CancellationToken cancellationToken) =>
        await _session.SendAsync(new Presence(null, type, null, contact.Bare, []).ToElement(), cancellationToken).ConfigureAwait(false);

    private static void Require(IqReply reply, string message)
    {
        if (reply.IsResult) return;
        var reason = reply.Missing switch
        {
            NoReply.TimedOut => FailureReason.Timeout,
            NoReply.SessionEnded => FailureReason.StreamLost,
            _ => FailureReason.Refused,
        };
        throw new FerryException(reason, Side.Server, $"{message}: {reply}");
    }
}
