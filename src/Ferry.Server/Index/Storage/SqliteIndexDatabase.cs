using System.Collections.Concurrent;
using System.Data.Common;
using Dapper;
using Ferry.Protocol.FileIndex;
using Ferry.Server.Storage;
using Microsoft.Data.Sqlite;

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

    private readonly string _path;
    private readonly ConcurrentBag<SqliteConnection> _idle = [];
    private EntryStatements? _statements;

    private SqliteIndexDatabase(string path) : base(Readers) => _path = path;

    public override string Description => SqliteEngine.Describe();

    public override string EntryColumns => EntryStatements.Columns;

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
        if (transaction is not null)
        {
            var statements = Statements((SqliteConnection)connection);
            foreach (var path in paths)
            {
                if (statements.Find(share, path) is { } row) found[path] = row;
            }

            return found;
        }

        using var command = Prepare((SqliteConnection)connection, null, $"SELECT {EntryStatements.Columns} FROM entry WHERE share = $share AND path = $path", "$share", "$path");
        command.Parameters[0].Value = share;
        foreach (var path in paths)
        {
            command.Parameters[1].Value = path;
            using var reader = command.ExecuteReader();
            if (reader.Read()) found[path] = EntryStatements.Read(reader);
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
        using var command = Prepare((SqliteConnection)connection, null, $"SELECT {EntryStatements.Columns} FROM entry WHERE id = $id", "$id");
        foreach (var id in ids)
        {
            command.Parameters[0].Value = id;
            using var reader = command.ExecuteReader();
            if (reader.Read()) rows.Add(EntryStatements.Read(reader));
        }

        return rows;
    }

    public override List<long> FindCandidates(DbConnection connection, SearchQuery query, long[] shares, int most)
    {
        var found = new List<long>();
        var groups = EntryTerms.Groups(query);
        var parts = EntryTerms.Trigrams(query);
        if (shares.Length == 0 || groups.Any(group => group.Terms.Count == 0)) return found;
        var lists = new List<IdList>();
        try
        {
            if (groups.Count > 0) lists.Add(new IdList((SqliteConnection)connection, "SELECT rowid FROM entry_word WHERE entry_word MATCH $match AND rowid >= $from ORDER BY rowid", string.Join(" AND ", groups.Select(Match))));
            if (parts.Count > 0) lists.Add(new IdList((SqliteConnection)connection, "SELECT rowid FROM entry_part WHERE entry_part MATCH $match AND rowid >= $from ORDER BY rowid", string.Join(" AND ", parts.Select(Quote))));
            if (lists.Count == 0) lists.Add(new IdList((SqliteConnection)connection, "SELECT id FROM entry WHERE id >= $from ORDER BY id", null));
            Intersect(lists, shares, most, found);
        }
        finally
        {
            foreach (var list in lists) list.Dispose();
        }

        return found;
    }

    protected override DbTransaction Begin(DbConnection connection) => ((SqliteConnection)connection).BeginTransaction(deferred: false);

    protected override DbConnection OpenWriter()
    {
        var connection = Connect();
        connection.Execute("PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000;");
        // Publishing comes in small transactions: merging their pieces later, and more of them at once, costs searches little.
        connection.Execute("INSERT INTO entry_word (entry_word, rank) VALUES ('automerge', 8); INSERT INTO entry_part (entry_part, rank) VALUES ('automerge', 8);");
        return connection;
    }

    protected override T WithReader<T>(Func<DbConnection, T> work)
    {
        if (!_idle.TryTake(out var connection))
        {
            connection = Connect();
            connection.Execute("PRAGMA query_only = 1; PRAGMA cache_size = -16384; PRAGMA mmap_size = 4294967296;");
        }

        try
        {
            // One look at one moment: searches read several tables.
            connection.Execute("BEGIN TRANSACTION");
            var result = work(connection);
            connection.Execute("COMMIT TRANSACTION");
            _idle.Add(connection);
            return result;
        }
        catch
        {
            // In what state it is, nobody knows.
            connection.Dispose();
            throw;
        }
    }

    protected override void CloseWriter() => _statements?.Dispose();

    protected override ValueTask CloseAsync()
    {
        while (_idle.TryTake(out var connection)) connection.Dispose();
        return ValueTask.CompletedTask;
    }

    internal static SqliteCommand Prepare(SqliteConnection connection, DbTransaction? transaction, string sql, params string[] names)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = (SqliteTransaction?)transaction;
        foreach (var name in names) command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return command;
    }

    // Each list is in ascending order; whoever is behind steps or, over a share that may not be seen, jumps.
    private static void Intersect(List<IdList> lists, long[] shares, int most, List<long> found)
    {
        var at = shares[0] << 32;
        var compared = 0;
        var unseen = 0;
        while (found.Count < most && compared++ < MaxCompared)
        {
            var highest = at;
            foreach (var list in lists)
            {
                if (list.MoveTo(highest) is not { } id) return;
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

            if (~index == shares.Length) return;
            at = highest + 1;
            if (++unseen < StepOver) continue;
            at = Math.Max(at, shares[~index] << 32);
            unseen = 0;
            foreach (var list in lists) list.Jump();
        }
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
            connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Ids in ascending order, read as far as they are wanted.</summary>
    private sealed class IdList : IDisposable
    {
        private readonly SqliteCommand _command;
        private SqliteDataReader? _reader;

        public IdList(SqliteConnection connection, string sql, string? match)
        {
            _command = Prepare(connection, null, sql, match is null ? ["$from"] : ["$from", "$match"]);
            if (match is not null) _command.Parameters[1].Value = match;
        }

        public long? Current { get; private set; }

        /// <summary>The first id from there on; null: none.</summary>
        public long? MoveTo(long from)
        {
            if (Current >= from) return Current;
            if (_reader is null)
            {
                _command.Parameters[0].Value = from;
                _reader = _command.ExecuteReader();
            }

            while (_reader.Read())
            {
                Current = _reader.GetInt64(0);
                if (Current >= from) return Current;
            }

            return Current = null;
        }

        /// <summary>The next move looks it up anew instead of reading up to it.</summary>
        public void Jump()
        {
            _reader?.Dispose();
            _reader = null;
            Current = null;
        }

        public void Dispose()
        {
            _reader?.Dispose();
            _command.Dispose();
        }
    }
}
