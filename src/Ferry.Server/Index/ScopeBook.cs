using System.Data.Common;
using Dapper;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Server.Index.Storage;

namespace Ferry.Server.Index;

/// <summary>
/// Works out who may see what, and keeps the last answers for as long as nothing changed here, two seconds at most: rosters, and other daemons at the same PostgreSQL, may have changed.
/// </summary>
internal sealed class ScopeBook(IndexStore store, IndexOptions options, TimeProvider time)
{
    private const int MaxKept = 256;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<Jid, (Scope Scope, long Version, long Since)> _kept = [];

    /// <summary>What the groups of rosters say of an account; before <see cref="Of"/>.</summary>
    public async ValueTask<IReadOnlyList<RosterGroup>> GroupsAsync(Jid asker, CancellationToken cancellationToken) =>
        options.RosterGroups is { } ask ? await ask(asker.Bare, cancellationToken).ConfigureAwait(false) : [];

    /// <summary>A recent answer, or null.</summary>
    public Scope? Recall(Jid asker)
    {
        lock (_gate)
        {
            return _kept.TryGetValue(asker.Bare, out var kept) && kept.Version == store.Version && time.GetElapsedTime(kept.Since) < Fresh ? kept.Scope : null;
        }
    }

    /// <summary>What an account may see now.</summary>
    public Scope Of(DbConnection connection, Jid asker, IReadOnlyList<RosterGroup> groups)
    {
        var version = store.Version;
        var scope = Read(connection, asker.Bare, groups);
        lock (_gate)
        {
            if (_kept.Count >= MaxKept) _kept.Clear();
            _kept[asker.Bare] = (scope, version, time.GetTimestamp());
        }

        return scope;
    }

    private Scope Read(DbConnection connection, Jid asker, IReadOnlyList<RosterGroup> groups)
    {
        var rows = connection.Query<ShareRow>(
            "SELECT s.id, s.owner, s.name, s.visibility, s.rules, o.jid, o.visibility AS OwnerVisibility, (SELECT MIN(jid) FROM session WHERE session.owner = o.id) AS Session "
            + "FROM share s JOIN owner o ON o.id = s.owner WHERE s.dead = 0").AsList();
        var grants = Grants(connection, asker, groups);
        var shares = new List<ScopeShare>(rows.Count);
        var addresses = new Dictionary<string, Jid>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            if (!addresses.TryGetValue(row.Jid, out var owner)) addresses[row.Jid] = owner = Jid.Parse(row.Jid);
            var own = owner == asker;
            var shown = own || (row.Visibility ?? row.OwnerVisibility ?? (long)options.Visibility) == (long)Visibility.Everybody
                || grants.Contains((row.Owner, 0, 0)) || grants.Contains((row.Owner, row.Id, 0));
            if (!shown && row.Rules == 0) continue;
            IReadOnlySet<long> entries = row.Rules == 0 ? System.Collections.Frozen.FrozenSet<long>.Empty : grants.Where(grant => grant.Share == row.Id && grant.Entry != 0).Select(grant => grant.Entry).ToHashSet();
            shares.Add(new ScopeShare(row.Id, owner, row.Name, own, shown, row.Rules != 0, row.Session is null ? null : Jid.Parse(row.Session), entries));
        }

        return new Scope(shares);
    }

    private static HashSet<(long Owner, long Share, long Entry)> Grants(DbConnection connection, Jid asker, IReadOnlyList<RosterGroup> groups)
    {
        const string Columns = "SELECT a.owner, a.share, a.entry FROM access a";
        var found = connection.Query<(long, long, long)>(
            $"{Columns} WHERE a.kind = 0 AND a.subject = @jid UNION {Columns} WHERE a.kind = 1 AND a.subject = @domain "
            + $"UNION {Columns} JOIN member m ON m.owner = a.owner AND m.name = a.subject WHERE a.kind = 2 AND m.jid = @jid",
            new { jid = asker.ToString(), domain = asker.Domain }).ToHashSet();
        foreach (var group in groups)
        {
            found.UnionWith(connection.Query<(long, long, long)>(
                $"{Columns} JOIN owner o ON o.id = a.owner WHERE a.kind = 2 AND o.jid = @owner AND a.subject = @name", new { owner = group.Owner.ToString(), name = group.Name }));
        }

        return found;
    }
}
