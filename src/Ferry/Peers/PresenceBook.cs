using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.Stanzas;

namespace Ferry.Peers;

/// <summary>Who is there, as far as presence told us. Bounded: a flood of presences forgets the oldest entries.</summary>
internal sealed class PresenceBook
{
    /// <summary>Entries kept; far above any roster, far below what hurts.</summary>
    public const int Capacity = 20_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<Jid, EntityCaps?> _available = [];
    private readonly Dictionary<Jid, HashSet<Jid>> _resources = [];
    private readonly Queue<Jid> _order = new();
    private readonly List<(Jid Peer, Action<Presence> Hear)> _watchers = [];

    /// <summary>Takes note of a presence.</summary>
    public void Hear(Presence presence)
    {
        if (presence.From is not { } from) return;
        Action<Presence>[] watchers;
        lock (_lock)
        {
            // A bare address only brings errors: its server does not know it.
            if (presence.IsAvailable && from.IsFull) Add(from, presence);
            else if (presence.Type is "unavailable" or "error") Remove(from);
            watchers = [.. _watchers.Where(watcher => watcher.Peer == from.Bare || watcher.Peer == from).Select(watcher => watcher.Hear)];
        }

        foreach (var hear in watchers) hear(presence);
    }

    /// <summary>The resources of a bare address that are there.</summary>
    public IReadOnlyList<Jid> ResourcesOf(Jid bare)
    {
        lock (_lock) return _resources.TryGetValue(bare.Bare, out var resources) ? [.. resources] : [];
    }

    /// <summary>The capabilities that a resource announced, or null.</summary>
    public EntityCaps? CapsOf(Jid resource)
    {
        lock (_lock) return _available.GetValueOrDefault(resource);
    }

    /// <summary>Forgets everybody: after a log-in the server tells anew who is there. Watchers stay and hear nothing of it.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _available.Clear();
            _resources.Clear();
            _order.Clear();
        }
    }

    /// <summary>Calls back for each presence of a bare or full address until disposed. The callback must return at once.</summary>
    public IDisposable Watch(Jid peer, Action<Presence> hear)
    {
        var entry = (peer, hear);
        lock (_lock) _watchers.Add(entry);
        return new Watcher(this, entry);
    }

    private void Add(Jid from, Presence presence)
    {
        var caps = presence.Payloads.Select(payload => EntityCaps.TryParse(payload, out var found) ? found : null).FirstOrDefault(found => found is not null);
        if (!_available.ContainsKey(from))
        {
            while (_available.Count >= Capacity && _order.TryDequeue(out var oldest)) Remove(oldest);
            _order.Enqueue(from);
            if (_order.Count > 4 * Capacity) Compact();
        }

        _available[from] = caps;
        if (!_resources.TryGetValue(from.Bare, out var resources)) _resources[from.Bare] = resources = [];
        resources.Add(from);
    }

    // Resources that come and go leave their place in the queue behind.
    private void Compact()
    {
        var alive = _order.Where(_available.ContainsKey).Distinct().ToList();
        _order.Clear();
        foreach (var jid in alive) _order.Enqueue(jid);
    }

    private void Remove(Jid from)
    {
        if (!_available.Remove(from)) return;
        if (!_resources.TryGetValue(from.Bare, out var resources)) return;
        resources.Remove(from);
        if (resources.Count == 0) _resources.Remove(from.Bare);
    }

    private sealed class Watcher(PresenceBook book, (Jid, Action<Presence>) entry) : IDisposable
    {
        public void Dispose()
        {
            lock (book._lock) book._watchers.Remove(entry);
        }
    }
}
