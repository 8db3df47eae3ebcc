using System.Collections.Concurrent;
using Ferry.Net.Sessions;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Roster;
using Ferry.Protocol.Stanzas;

namespace Ferry.Contacts;

/// <summary>The account's roster (RFC 6121 section 2): read once, kept up to date by the server's pushes.</summary>
internal sealed class Roster
{
    /// <summary>Contacts kept; what a server pushes beyond is passed over.</summary>
    public const int Capacity = 20_000;

    /// <summary>How long the server may take to answer.</summary>
    public static readonly TimeSpan UsualWait = TimeSpan.FromSeconds(30);

    private readonly StanzaSession _session;
    private readonly TimeSpan _wait;
    private readonly ConcurrentDictionary<Jid, RosterItem> _items = new();

    public Roster(StanzaSession session, TimeSpan wait)
    {
        (_session, _wait) = (session, wait);
        session.OnIq(Namespaces.Roster, "query", Pushed);
    }

    /// <summary>Called when the contacts or their groups may have changed; must return at once.</summary>
    public Action? Changed { get; set; }

    /// <summary>The contacts as they are known now.</summary>
    public IReadOnlyList<Contact> Contacts =>
    [
        .. _items.Values.OrderBy(item => item.Jid.ToString(), StringComparer.Ordinal)
            .Select(item => new Contact(item.Jid, item.Name, Name(item.Subscription), item.Asked)),
    ];

    /// <summary>Reads the roster; an old copy stays where the server has none to give.</summary>
    public async Task<IqReply> LoadAsync(CancellationToken cancellationToken)
    {
        var reply = await _session.RequestAsync(null, IqType.Get, RosterQuery.Ask.ToElement(), _wait, cancellationToken).ConfigureAwait(false);
        if (!reply.IsResult || !RosterQuery.TryParse(reply.Payload, out var query)) return reply;
        _items.Clear();
        foreach (var item in query.Items.Take(Capacity)) _items[item.Jid] = item;
        Changed?.Invoke();
        return reply;
    }

    /// <summary>Whether the account is in the roster at all.</summary>
    public bool Knows(Jid jid) => _items.ContainsKey(jid.Bare);

    /// <summary>Whether we see its presence: then the server has told us of all its resources.</summary>
    public bool Sees(Jid jid) => _items.TryGetValue(jid.Bare, out var item) && item.Subscription is Subscription.To or Subscription.Both;

    /// <summary>Whether it sees our presence: then it may ask us things.</summary>
    public bool SeesUs(Jid jid) => _items.TryGetValue(jid.Bare, out var item) && item.Subscription is Subscription.From or Subscription.Both;

    /// <summary>Whether the account is in one of these groups.</summary>
    public bool IsInGroup(Jid jid, IReadOnlyCollection<string> groups) => groups.Count > 0 && _items.TryGetValue(jid.Bare, out var item) && item.Groups.Any(groups.Contains);

    /// <summary>The accounts in a group, in the order of their addresses.</summary>
    public IEnumerable<Jid> MembersOf(string group) =>
        _items.Values.Where(item => item.Groups.Contains(group)).Select(item => item.Jid.Bare).Distinct().OrderBy(jid => jid.ToString(), StringComparer.Ordinal);

    /// <summary>Adds or changes a contact.</summary>
    public Task<IqReply> SetAsync(Jid contact, string? name, CancellationToken cancellationToken) =>
        _session.RequestAsync(null, IqType.Set, RosterQuery.Of(new RosterItem(contact.Bare, name)).ToElement(), _wait, cancellationToken);

    /// <summary>Removes a contact and both subscriptions.</summary>
    public Task<IqReply> RemoveAsync(Jid contact, CancellationToken cancellationToken) =>
        _session.RequestAsync(
            null, IqType.Set, RosterQuery.Of(new RosterItem(contact.Bare) with { Subscription = Subscription.Remove }).ToElement(), _wait, cancellationToken);

    // Only our own server may change the roster (RFC 6121 section 2.1.6).
    private Iq? Pushed(Iq iq)
    {
        var own = iq.From is null || iq.From == _session.Jid.Bare || iq.From == _session.Jid;
        if (iq.Type != IqType.Set || !own) return iq.Refuse(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);
        if (!RosterQuery.TryParse(iq.Payload, out var query)) return iq.Refuse(ErrorType.Modify, ErrorCondition.BadRequest);
        foreach (var item in query.Items)
        {
            if (item.Subscription == Subscription.Remove) _items.TryRemove(item.Jid, out _);
            else if (_items.Count < Capacity || _items.ContainsKey(item.Jid)) _items[item.Jid] = item;
        }

        Changed?.Invoke();
        return iq.Result();
    }

    private static string Name(Subscription subscription) => subscription.ToString().ToLowerInvariant();
}
