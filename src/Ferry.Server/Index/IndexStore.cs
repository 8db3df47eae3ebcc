using System.Data.Common;
using Dapper;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Index.Storage;

namespace Ferry.Server.Index;

/// <summary>
/// What owners publish and who may find it: all writes. Each may be done twice without harm. Searching is <see cref="IndexSearch"/>'s.
/// </summary>
internal sealed class IndexStore(IndexDatabase database, IndexOptions options, TimeProvider time)
{
    /// <summary>Rows that are deleted in one transaction; others get their turn between.</summary>
    private const int DeletedAtOnce = 2000;

    private const string ShareColumns = "id, owner, name, generation, series, base, next, entries, visibility, rules";

    private long _version;

    /// <summary>Changes whenever shares, rules or presence do: what was worked out of them before is old.</summary>
    public long Version => Interlocked.Read(ref _version);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Takes a part of a share in.</summary>
    public async Task<PublishResult> PublishAsync(Jid owner, IndexPublish part, CancellationToken cancellationToken)
    {
        // Folding and cutting words is done here, so that the writer has the database's work alone.
        var rows = part.Added.Select(file => EntryRow.Of(part.Share, file)).ToList();
        var result = await database.WriteAsync((connection, transaction) => Publish(connection, transaction, owner.Bare, part, rows), cancellationToken).ConfigureAwait(false);
        if (result.Share is not { } share) return result.Answer;
        if (result.Changes) Changed();
        if (!part.Commits) return result.Answer;
        var left = await RemoveOldAsync(share.Id, share.Base, cancellationToken).ConfigureAwait(false);
        return new PublishResult(result.Answer.Published! with { Count = left }, null);
    }

    /// <summary>Takes a share, or everything of an owner, out. Nobody finds it any more as soon as this has begun.</summary>
    /// <param name="share">Null: all.</param>
    public async Task WithdrawAsync(Jid owner, string? share, CancellationToken cancellationToken)
    {
        var ids = await database.WriteAsync(
            (connection, transaction) =>
            {
                var mine = connection.Query<long>(
                    "SELECT s.id FROM share s JOIN owner o ON o.id = s.owner WHERE o.jid = @jid AND s.dead = 0 AND (CAST(@share AS text) IS NULL OR s.name = @share)",
                    new { jid = owner.Bare.ToString(), share }, transaction).AsList();
                Kill(connection, transaction, mine);
                return mine;
            },
            cancellationToken).ConfigureAwait(false);
        Changed();
        foreach (var id in ids) await BuryAsync(id, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Says anew who finds what of an owner.</summary>
    /// <returns>Null, or why not.</returns>
    public async Task<StanzaError?> SetAccessAsync(Jid owner, IndexAccess access, CancellationToken cancellationToken)
    {
        var error = await database.WriteAsync((connection, transaction) => SetAccess(connection, transaction, owner.Bare, access), cancellationToken).ConfigureAwait(false);
        Changed();
        return error;
    }

    /// <summary>A client of an owner is there. False: it has more of them than it may, or there are too many owners.</summary>
    public async Task<bool> ArriveAsync(Jid full, CancellationToken cancellationToken)
    {
        var done = await database.WriteAsync(
            (connection, transaction) =>
            {
                if (OwnerId(connection, transaction, full.Bare) is not { } owner) return false;
                connection.Execute("UPDATE owner SET seen = @now WHERE id = @owner", new { now = Now, owner }, transaction);
                var others = connection.ExecuteScalar<long>("SELECT COUNT(*) FROM session WHERE owner = @owner AND jid <> @jid", new { owner, jid = full.ToString() }, transaction);
                if (others >= options.MaxSessionsPerOwner) return false;
                connection.Execute("INSERT INTO session (jid, owner) VALUES (@jid, @owner) ON CONFLICT (jid) DO NOTHING", new { jid = full.ToString(), owner }, transaction);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        Changed();
        return done;
    }

    /// <summary>A client of an owner is gone.</summary>
    public async Task LeaveAsync(Jid full, CancellationToken cancellationToken)
    {
        await database.WriteAsync(
            (connection, transaction) =>
            {
                connection.Execute("UPDATE owner SET seen = @now WHERE jid = @bare", new { now = Now, bare = full.Bare.ToString() }, transaction);
                return connection.Execute("DELETE FROM session WHERE jid = @jid", new { jid = full.ToString() }, transaction);
            },
            cancellationToken).ConfigureAwait(false);
        Changed();
    }

    /// <summary>Every client that was there, as far as the index knows.</summary>
    public Task<IReadOnlyList<Jid>> SessionsAsync(CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<Jid>>(connection => [.. connection.Query<string>("SELECT jid FROM session ORDER BY jid").Select(Jid.Parse)], cancellationToken);

    /// <summary>The clients of one owner that are there now.</summary>
    public Task<IReadOnlyList<Jid>> SessionsOfAsync(Jid owner, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<Jid>>(
            connection => [.. connection.Query<string>("SELECT s.jid FROM session s JOIN owner o ON o.id = s.owner WHERE o.jid = @jid ORDER BY s.jid", new { jid = owner.Bare.ToString() }).Select(Jid.Parse)],
            cancellationToken);

    /// <summary>What an owner has published.</summary>
    public Task<IReadOnlyList<OwnShare>> SharesOfAsync(Jid owner, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<OwnShare>>(
            connection => [.. connection.Query<ShareRow>(
                $"SELECT {Prefixed("s")} FROM share s JOIN owner o ON o.id = s.owner WHERE o.jid = @jid AND s.dead = 0 ORDER BY s.name", new { jid = owner.Bare.ToString() })
                .Select(row => new OwnShare(row.Name, row.Generation, row.Entries, (Visibility?)row.Visibility))],
            cancellationToken);

    /// <summary>Forgets owners that were away for too long, and ends what a withdrawal left. Returns how many owners.</summary>
    public async Task<int> PurgeAsync(CancellationToken cancellationToken)
    {
        var before = Now - (long)options.PurgeAfter.TotalMilliseconds;
        var (owners, shares) = await database.WriteAsync(
            (connection, transaction) =>
            {
                var gone = connection.Query<long>(
                    "SELECT o.id FROM owner o WHERE o.seen < @before AND NOT EXISTS (SELECT 1 FROM session s WHERE s.owner = o.id) LIMIT 1000", new { before }, transaction).AsList();
                foreach (var owner in gone) Kill(connection, transaction, connection.Query<long>("SELECT id FROM share WHERE owner = @owner", new { owner }, transaction).AsList());
                return (gone, connection.Query<long>("SELECT id FROM share WHERE dead = 1", transaction: transaction).AsList());
            },
            cancellationToken).ConfigureAwait(false);
        foreach (var share in shares) await BuryAsync(share, cancellationToken).ConfigureAwait(false);
        foreach (var owner in owners)
        {
            // Whoever came back meanwhile stays.
            await database.WriteAsync(
                (connection, transaction) => connection.Execute(
                    "DELETE FROM owner WHERE id = @owner AND seen < @before AND NOT EXISTS (SELECT 1 FROM share WHERE owner = @owner)", new { owner, before }, transaction),
                cancellationToken).ConfigureAwait(false);
        }

        if (owners.Count > 0) Changed();
        return owners.Count;
    }

    private static string Prefixed(string table) => string.Join(", ", ShareColumns.Split(", ").Select(column => table + "." + column));

    private void Changed() => Interlocked.Increment(ref _version);

    private (ShareRow? Share, bool Changes, PublishResult Answer) Publish(DbConnection connection, DbTransaction transaction, Jid owner, IndexPublish part, IReadOnlyList<EntryRow> rows)
    {
        if (OwnerId(connection, transaction, owner) is not { } ownerId) return (null, false, IndexErrors.Quota("the index has as many owners as it takes"));
        var share = ShareOf(connection, transaction, ownerId, part.Share);
        if (share is null && part.Mode == PublishMode.Delta && part.Generation != 1) return (null, false, IndexErrors.Gap);
        share ??= MakeShare(connection, transaction, ownerId, part.Share);
        if (share is null) return (null, false, IndexErrors.Quota($"an owner has at most {options.MaxSharesPerOwner} shares"));
        // The answer to the last part was lost: what it brought is here.
        var repeats = part.Generation == share.Generation && part.Generation != part.Series && part.Series == share.Series;
        var begins = part.Mode == PublishMode.Full && part.Generation == part.Series;
        if (!begins && !repeats && (part.Generation != share.Generation + 1 || part.Series != share.Series)) return (null, false, IndexErrors.Gap);

        var kept = share.Next == 1 ? [] : database.FindByPath(connection, transaction, share.Id, [.. part.Added.Select(file => file.Path), .. part.Removed]);
        var added = part.Added.Count(file => !kept.ContainsKey(file.Path));
        if (added > 0 && Files(connection, transaction, ownerId) + added > options.MaxFilesPerOwner) return (null, false, IndexErrors.Quota($"an owner has at most {options.MaxFilesPerOwner} files"));
        var after = share with { Generation = part.Generation, Series = part.Commits ? 0 : part.Series, Base = begins ? share.Base + 1 : share.Base, Visibility = (long?)part.Visibility ?? share.Visibility };
        after = Save(connection, transaction, after, part, rows, kept);
        if (part.Added.Any(file => file.Visibility is not null)) after = after with { Rules = 1 };
        connection.Execute(
            "UPDATE share SET generation = @Generation, series = @Series, base = @Base, next = @Next, entries = @Entries, visibility = @Visibility, rules = @Rules WHERE id = @Id", after, transaction);
        var changes = after.Visibility != share.Visibility || after.Rules != share.Rules || share.Next == 1;
        return (after, changes, new PublishResult(new IndexPublished(part.Share, after.Generation, after.Entries), null));
    }

    private ShareRow Save(DbConnection connection, DbTransaction transaction, ShareRow share, IndexPublish part, IReadOnlyList<EntryRow> rows, Dictionary<string, EntryRow> kept)
    {
        var (insert, delete, mark) = (new List<EntryRow>(), new List<EntryRow>(), new List<long>());
        var next = share.Next;
        foreach (var made in rows)
        {
            var old = kept.GetValueOrDefault(made.Path);
            // What was said of a file since, stands: otherwise the next log-in, which publishes everything again, would show it.
            var row = made with { Id = old?.Id ?? (share.Id << 32) + next++, Share = share.Id, Series = share.Base, Visibility = made.Visibility ?? old?.Visibility };
            if (old is not null && old.SaysTheSameAs(row))
            {
                if (old.Series != row.Series) mark.Add(row.Id);
                continue;
            }

            if (old is not null) delete.Add(old);
            insert.Add(row);
        }

        var removed = part.Removed.Select(kept.GetValueOrDefault).OfType<EntryRow>().ToList();
        Forget(connection, transaction, share, removed);
        delete.AddRange(removed);
        database.Delete(connection, transaction, delete);
        database.Insert(connection, transaction, insert);
        database.Mark(connection, transaction, mark, share.Base);
        return share with { Next = next, Entries = share.Entries + (next - share.Next) - removed.Count };
    }

    // The files that a full series did not name, some at a time.
    private async Task<long> RemoveOldAsync(long share, long series, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (removed, left) = await database.WriteAsync(
                (connection, transaction) =>
                {
                    var row = connection.QuerySingleOrDefault<ShareRow>($"SELECT {ShareColumns} FROM share WHERE id = @share", new { share }, transaction);
                    if (row is null) return (0, 0);
                    var rows = Rows(connection, transaction, "share = @share AND series < @series", new { share, series });
                    Forget(connection, transaction, row, rows);
                    database.Delete(connection, transaction, rows);
                    if (rows.Count > 0) connection.Execute("UPDATE share SET entries = entries - @count WHERE id = @share", new { count = rows.Count, share }, transaction);
                    return (rows.Count, row.Entries - rows.Count);
                },
                cancellationToken).ConfigureAwait(false);
            if (removed < DeletedAtOnce) return left;
        }
    }

    private static void Kill(DbConnection connection, DbTransaction transaction, IReadOnlyList<long> shares)
    {
        // Out of the way of a new share of that name; the rows follow.
        foreach (var share in shares)
        {
            connection.Execute("UPDATE share SET dead = 1, name = '/' || id WHERE id = @share", new { share }, transaction);
            connection.Execute("DELETE FROM access WHERE share = @share", new { share }, transaction);
        }
    }

    private async Task BuryAsync(long share, CancellationToken cancellationToken)
    {
        while (true)
        {
            var removed = await database.WriteAsync(
                (connection, transaction) =>
                {
                    var rows = Rows(connection, transaction, "share = @share", new { share });
                    database.Delete(connection, transaction, rows);
                    if (rows.Count < DeletedAtOnce) connection.Execute("DELETE FROM share WHERE id = @share AND dead = 1", new { share }, transaction);
                    return rows.Count;
                },
                cancellationToken).ConfigureAwait(false);
            if (removed < DeletedAtOnce) return;
        }
    }

    private List<EntryRow> Rows(DbConnection connection, DbTransaction transaction, string condition, object values) =>
        connection.Query<EntryRow>($"SELECT {database.EntryColumns} FROM entry WHERE {condition} ORDER BY id LIMIT {DeletedAtOnce}", values, transaction).AsList();

    private static void Forget(DbConnection connection, DbTransaction transaction, ShareRow share, IReadOnlyList<EntryRow> rows)
    {
        if (share.Rules == 0) return;
        foreach (var row in rows) connection.Execute("DELETE FROM access WHERE owner = @owner AND share = @share AND entry = @entry", new { owner = share.Owner, share = share.Id, entry = row.Id }, transaction);
    }

    private StanzaError? SetAccess(DbConnection connection, DbTransaction transaction, Jid owner, IndexAccess access)
    {
        if (OwnerId(connection, transaction, owner) is not { } ownerId) return IndexErrors.Quota("the index has as many owners as it takes");
        long share = 0, entry = 0;
        if (access.Share is not null)
        {
            // Rules may come before the files: nothing is shown for a moment that should not be.
            var row = ShareOf(connection, transaction, ownerId, access.Share) ?? MakeShare(connection, transaction, ownerId, access.Share);
            if (row is null) return IndexErrors.Quota($"an owner has at most {options.MaxSharesPerOwner} shares");
            share = row.Id;
            if (access.Path is not null)
            {
                var found = database.FindByPath(connection, transaction, share, [access.Path]);
                if (found.Count == 0) return IndexErrors.NotFound;
                entry = found.Values.Single().Id;
            }
        }

        connection.Execute("DELETE FROM access WHERE owner = @ownerId AND share = @share AND entry = @entry", new { ownerId, share, entry }, transaction);
        var (visibility, table, id) = ((int?)access.Visibility, entry != 0 ? "entry" : share != 0 ? "share" : "owner", entry != 0 ? entry : share != 0 ? share : ownerId);
        // A file with grants has a rule of its own: they are all it has.
        if (entry != 0 && visibility is null && access.Grants.Count > 0) visibility = (int)Visibility.Granted;
        connection.Execute($"UPDATE {table} SET visibility = @visibility WHERE id = @id", new { visibility, id }, transaction);
        if (entry != 0) connection.Execute("UPDATE share SET rules = 1 WHERE id = @share", new { share }, transaction);
        foreach (var grant in access.Grants) Add(connection, transaction, ownerId, share, entry, grant);
        var grants = connection.ExecuteScalar<long>(
            "SELECT (SELECT COUNT(*) FROM access WHERE owner = @ownerId) + (SELECT COUNT(*) FROM member WHERE owner = @ownerId)", new { ownerId }, transaction);
        return grants > options.MaxGrantsPerOwner ? TakeBack(connection, transaction, ownerId, share, entry) : null;
    }

    // Too many: this place has none, rather than some of them.
    private StanzaError TakeBack(DbConnection connection, DbTransaction transaction, long ownerId, long share, long entry)
    {
        connection.Execute("DELETE FROM access WHERE owner = @ownerId AND share = @share AND entry = @entry", new { ownerId, share, entry }, transaction);
        connection.Execute(
            "DELETE FROM member WHERE owner = @ownerId AND NOT EXISTS (SELECT 1 FROM access a WHERE a.owner = member.owner AND a.kind = 2 AND a.subject = member.name)", new { ownerId }, transaction);
        return IndexErrors.Quota($"an owner has at most {options.MaxGrantsPerOwner} grants");
    }

    private static void Add(DbConnection connection, DbTransaction transaction, long owner, long share, long entry, IndexGrant grant)
    {
        var (kind, subject) = grant switch
        {
            IndexGrant.Account account => (0, account.Jid.Bare.ToString()),
            IndexGrant.Domain domain => (1, domain.Jid.ToString()),
            IndexGrant.Group group => (2, group.Name),
            _ => throw new InvalidOperationException("the family is closed"),
        };
        connection.Execute("INSERT INTO access (owner, share, entry, kind, subject) VALUES (@owner, @share, @entry, @kind, @subject) ON CONFLICT DO NOTHING", new { owner, share, entry, kind, subject }, transaction);
        if (grant is not IndexGrant.Group { Members: var members }) return;
        connection.Execute("DELETE FROM member WHERE owner = @owner AND name = @subject", new { owner, subject }, transaction);
        foreach (var member in members)
        {
            connection.Execute("INSERT INTO member (owner, name, jid) VALUES (@owner, @subject, @jid) ON CONFLICT DO NOTHING", new { owner, subject, jid = member.Bare.ToString() }, transaction);
        }
    }

    private long? OwnerId(DbConnection connection, DbTransaction transaction, Jid owner)
    {
        var jid = owner.ToString();
        if (connection.QuerySingleOrDefault<long?>("SELECT id FROM owner WHERE jid = @jid", new { jid }, transaction) is { } known) return known;
        if (connection.ExecuteScalar<long>("SELECT COUNT(*) FROM owner", transaction: transaction) >= options.MaxOwners) return null;
        return connection.QuerySingle<long>("INSERT INTO owner (jid, seen) VALUES (@jid, @now) RETURNING id", new { jid, now = Now }, transaction);
    }

    private static ShareRow? ShareOf(DbConnection connection, DbTransaction transaction, long owner, string name) =>
        connection.QuerySingleOrDefault<ShareRow>($"SELECT {ShareColumns} FROM share WHERE owner = @owner AND name = @name", new { owner, name }, transaction);

    private ShareRow? MakeShare(DbConnection connection, DbTransaction transaction, long owner, string name)
    {
        if (connection.ExecuteScalar<long>("SELECT COUNT(*) FROM share WHERE owner = @owner AND dead = 0", new { owner }, transaction) >= options.MaxSharesPerOwner) return null;
        return connection.QuerySingle<ShareRow>($"INSERT INTO share (owner, name) VALUES (@owner, @name) RETURNING {ShareColumns}", new { owner, name }, transaction);
    }

    private static long Files(DbConnection connection, DbTransaction transaction, long owner) =>
        connection.ExecuteScalar<long>("SELECT COALESCE(SUM(entries), 0) FROM share WHERE owner = @owner AND dead = 0", new { owner }, transaction);
}
