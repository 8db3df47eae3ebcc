using System.Collections.Concurrent;
using System.Data.Common;
using Dapper;
using Ferry.Protocol.FileIndex;
using Ferry.Server.Storage;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Ferry.Server.Index.Storage;

/// <summary>The index in one SQLite file, with FTS5: one table for words and marks, one for the trigrams of names. Both are told what to forget with the very texts they were told, which the rows keep.</summary>
internal sealed class SqliteIndexDatabase : IndexDatabase
{
    private const int Readers = 4;
    private const int BusySeconds = 10;

    /// <summary>Hits of shares that may not be seen that are stepped over before the search goes on behind that share.</summary>
    private const int StepOver = 32;

    /// <summary>Ids of two lists that are compared until there are enough in both.</summary>
    private const int MaxCompared = 400_000;

    /// <summary>What <c>prefix</c> says in the schema.</summary>
    private const int IndexedPrefix = 3;

    /// <summary>Entries that have a word, from which on it is looked up as it is first.</summary>
    private const int Common = 50_000;

    /// <summary>Of SQLite's machine, between two looks at the clock.</summary>
    private const int Instructions = 10_000;

    private readonly string _path;
    private readonly ConcurrentBag<SqliteConnection> _idle = [];
    private readonly ConcurrentDictionary<SqliteConnection, EntryLookup> _lookups = new();
    private EntryStatements? _statements;
    private SqliteConnection? _writer;

    private SqliteIndexDatabase(string path) : base(Readers) => _path = path;

    public override string Description => SqliteEngine.Describe();

    public override string EntryColumns => EntryLookup.Columns;

    public static SqliteIndexDatabase Open(string path, IReadOnlyList<string> scripts)
    {
        SqliteEngine.Use();
        try
        {
            SqliteFile.MakePrivate(path);
            var database = new SqliteIndexDatabase(path);
            using var connection = database.Connect();
            SqliteMigration.Run(connection, path, scripts);
            return database;
        }
        catch (Exception wrong) when (wrong is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{path}: {wrong.Message}", wrong);
        }
    }

    public override Dictionary<string, EntryRow> FindByPath(DbConnection connection, DbTransaction? transaction, long share, IReadOnlyList<string> paths)
    {
        var found = new Dictionary<string, EntryRow>(StringComparer.Ordinal);
        if (paths.Count == 0) return found;
        var lookup = Lookup((SqliteConnection)connection);
        foreach (var path in paths)
        {
            if (lookup.Find(share, path) is { } row) found[path] = row;
        }

        return found;
    }

    public override void Insert(DbConnection connection, DbTransaction transaction, IReadOnlyList<EntryRow> rows)
    {
        var statements = Statements((SqliteConnection)connection);
        foreach (var row in rows) statements.Insert(row);
    }

    public override void Delete(DbConnection connection, DbTransaction transaction, IReadOnlyList<EntryRow> rows)
    {
        var statements = Statements((SqliteConnection)connection);
        foreach (var row in rows) statements.Delete(row);
    }

    public override void Mark(DbConnection connection, DbTransaction transaction, IReadOnlyList<long> ids, long series)
    {
        var statements = Statements((SqliteConnection)connection);
        foreach (var id in ids) statements.Mark(id, series);
    }

    public override IReadOnlyList<EntryRow> FindById(DbConnection connection, IReadOnlyList<long> ids)
    {
        var rows = new List<EntryRow>(ids.Count);
        var lookup = Lookup((SqliteConnection)connection);
        foreach (var id in ids)
        {
            if (lookup.Find(id) is { } row) rows.Add(row);
        }

        return rows;
    }

    /// <summary>
    /// Beginnings of up to <see cref="IndexedPrefix"/> characters have an index. For longer ones FTS5 gathers all their hits before the first, which takes a quarter of a second for each million: so a word
    /// that a great many have is looked up as it is first, and only where that finds too little, with what begins with it.
    /// </summary>
    public override List<long> FindCandidates(DbConnection connection, SearchQuery query, long[] shares, int most)
    {
        var groups = EntryTerms.Groups(query);
        var parts = EntryTerms.Trigrams(query);
        if (shares.Length == 0 || groups.Any(group => group.Terms.Count == 0)) return [];
        if (groups.Any(IsLong) && (groups.Count == 1 || groups.Any(IsCommon)) && Find([.. groups.Select(group => IsLong(group) ? group with { IsPrefix = false } : group)]) is var exact && exact.Count >= most) return exact;
        return Find(groups);

        bool IsCommon(TermGroup group)
        {
            if (!IsLong(group)) return false;
            using var list = new IdList((SqliteConnection)connection, $"SELECT rowid FROM entry_word WHERE rowid >= ?1 AND entry_word MATCH ?2 LIMIT 1 OFFSET {Common}", Match(group with { IsPrefix = false }));
            return list.MoveTo(0) is not null;
        }

        static bool IsLong(TermGroup group) => group.IsPrefix && group.Terms.Any(term => term.EnumerateRunes().Count() > IndexedPrefix);

        List<long> Find(List<TermGroup> some)
        {
            var lists = new List<IdList>();
            try
            {
                if (some.Count > 0) lists.Add(new IdList((SqliteConnection)connection, "SELECT rowid FROM entry_word WHERE rowid >= ?1 AND entry_word MATCH ?2 ORDER BY rowid", string.Join(" AND ", some.Select(Match))));
                if (parts.Count > 0) lists.Add(new IdList((SqliteConnection)connection, "SELECT rowid FROM entry_part WHERE rowid >= ?1 AND entry_part MATCH ?2 ORDER BY rowid", string.Join(" AND ", parts.Select(Quote))));
                if (lists.Count == 0) lists.Add(new IdList((SqliteConnection)connection, "SELECT id FROM entry WHERE id >= ?1 ORDER BY id", null));
                return Intersect(lists, shares, most);
            }
            finally
            {
                foreach (var list in lists) list.Dispose();
            }
        }
    }

    protected override DbTransaction Begin(DbConnection connection) => ((SqliteConnection)connection).BeginTransaction(deferred: false);

    protected override DbConnection OpenWriter()
    {
        var connection = _writer = Connect();
        connection.Execute("PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000;");
        // Publishing comes in small transactions: merging their pieces later, and more of them at once, costs searches little.
        connection.Execute("INSERT INTO entry_word (entry_word, rank) VALUES ('automerge', 8); INSERT INTO entry_part (entry_part, rank) VALUES ('automerge', 8);");
        return connection;
    }

    protected override T WithReader<T>(Func<DbConnection, T> work, ReadTime? limit)
    {
        var connection = _idle.TryTake(out var idle) ? idle : OpenReader();
        try
        {
            if (limit is not null) raw.sqlite3_progress_handler(connection.Handle, Instructions, _ => limit.IsOver ? 1 : 0, null);
            // One look at one moment: searches read several tables.
            connection.Execute("BEGIN TRANSACTION");
            var result = work(connection);
            connection.Execute("COMMIT TRANSACTION");
            if (limit is not null) raw.sqlite3_progress_handler(connection.Handle, 0, null, null);
            _idle.Add(connection);
            return result;
        }
        catch (Exception wrong)
        {
            // In what state it is, nobody knows.
            Close(connection);
            if (wrong is SqliteException { SqliteErrorCode: raw.SQLITE_INTERRUPT }) limit?.Check();
            throw;
        }
    }

    protected override void CloseWriter()
    {
        _statements?.Dispose();
        _statements = null;
        if (_writer is not null && _lookups.TryRemove(_writer, out var lookup)) lookup.Dispose();
    }

    protected override ValueTask CloseAsync()
    {
        while (_idle.TryTake(out var connection)) Close(connection);
        return ValueTask.CompletedTask;
    }

    private SqliteConnection OpenReader()
    {
        var connection = Connect();
        connection.Execute("PRAGMA query_only = 1; PRAGMA cache_size = -16384; PRAGMA mmap_size = 4294967296;");
        return connection;
    }

    private void Close(SqliteConnection connection)
    {
        if (_lookups.TryRemove(connection, out var lookup)) lookup.Dispose();
        connection.Dispose();
    }

    private EntryLookup Lookup(SqliteConnection connection) => _lookups.GetOrAdd(connection, static opened => new EntryLookup(opened));

    // Each list is in ascending order; whoever is behind steps or, over a share that may not be seen, jumps.
    private static List<long> Intersect(List<IdList> lists, long[] shares, int most)
    {
        var found = new List<long>();
        var at = shares[0] << 32;
        var compared = 0;
        var unseen = 0;
        while (found.Count < most && compared++ < MaxCompared)
        {
            var highest = at;
            foreach (var list in lists)
            {
                if (list.MoveTo(highest) is not { } id) return found;
                highest = id;
            }

            if (lists.Any(list => list.Current != highest))
            {
                at = highest;
                continue;
            }

            var index = Array.BinarySearch(shares, highest >> 32);
            if (index >= 0)
            {
                found.Add(highest);
                unseen = 0;
                at = highest + 1;
                continue;
            }

            if (~index == shares.Length) return found;
            at = highest + 1;
            if (++unseen < StepOver) continue;
            at = Math.Max(at, shares[~index] << 32);
            unseen = 0;
            foreach (var list in lists) list.Jump();
        }

        return found;
    }

    private static string Match(TermGroup group)
    {
        var terms = group.Terms.Select(term => Quote(term) + (group.IsPrefix ? "*" : ""));
        return group.Terms.Count == 1 ? terms.First() : "(" + string.Join(" OR ", terms) + ")";
    }

    private static string Quote(string text) => "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private EntryStatements Statements(SqliteConnection connection)
    {
        if (_statements?.Connection == connection) return _statements;
        _statements?.Dispose();
        return _statements = new EntryStatements(connection);
    }

    private SqliteConnection Connect()
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = _path, ForeignKeys = true, DefaultTimeout = BusySeconds, Pooling = false };
        var connection = new SqliteConnection(settings.ToString());
        try
        {
            connection.Open();
            // Only a new file takes the page size. Its four times larger pages save a quarter of the time that files take to be taken in.
            connection.Execute("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
