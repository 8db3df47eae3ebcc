using System.Collections.Concurrent;
using Ferry.Protocol.Addressing;

namespace Ferry.Server.LocalXmpp;

/// <summary>Who is connected: sessions by full address, by account and by resumption id. Reading takes no lock.</summary>
internal sealed class SessionRegistry
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<Jid, Session> _byAddress = new();
    private readonly ConcurrentDictionary<Jid, Session[]> _byAccount = new();
    private readonly ConcurrentDictionary<string, Session> _byResumeId = new(StringComparer.Ordinal);

    public ICollection<Session> All => _byAddress.Values;

    public Session? Find(Jid full) => _byAddress.GetValueOrDefault(full);

    public IReadOnlyList<Session> Of(Jid account) => _byAccount.TryGetValue(account.Bare, out var sessions) ? sessions : [];

    public Session? ByResumeId(string id) => _byResumeId.GetValueOrDefault(id);

    public void MakeResumable(Session session, string id)
    {
        session.ResumeId = id;
        _byResumeId[id] = session;
    }

    /// <summary>Adds a session. False: the address is taken, or the account has as many as it may.</summary>
    public bool TryAdd(Session session, int maxResources)
    {
        lock (_gate)
        {
            var others = _byAccount.GetValueOrDefault(session.Account) ?? [];
            if (others.Length >= maxResources || !_byAddress.TryAdd(session.Jid, session)) return false;
            _byAccount[session.Account] = [.. others, session];
            ServerMetrics.Sessions.Add(1);
            return true;
        }
    }

    public void Remove(Session session)
    {
        lock (_gate)
        {
            if (!_byAddress.TryRemove(KeyValuePair.Create(session.Jid, session))) return;
            ServerMetrics.Sessions.Add(-1);
            if (session.ResumeId is { } id) _byResumeId.TryRemove(id, out _);
            var others = (_byAccount.GetValueOrDefault(session.Account) ?? []).Where(other => other != session).ToArray();
            if (others.Length == 0) _byAccount.TryRemove(session.Account, out _);
            else _byAccount[session.Account] = others;
        }
    }
}
