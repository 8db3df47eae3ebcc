using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Ferry.Server.Index.Storage;

/// <summary>
/// The writer's statements for entries, prepared once and run by SQLite's own calls: three for each file are what publishing costs, and ADO.NET's commands took as long again as the engine
/// (bench/Ferry.IndexBench).
/// </summary>
internal sealed class EntryStatements : IDisposable
{
    private readonly sqlite3_stmt _insert;
    private readonly sqlite3_stmt _insertWords;
    private readonly sqlite3_stmt _insertParts;
    private readonly sqlite3_stmt _delete;
    private readonly sqlite3_stmt _deleteWords;
    private readonly sqlite3_stmt _deleteParts;
    private readonly sqlite3_stmt _mark;

    public EntryStatements(SqliteConnection connection)
    {
        Connection = connection;
        _insert = Make($"INSERT INTO entry ({EntryLookup.Columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        _insertWords = Make("INSERT INTO entry_word (rowid, terms) VALUES (?, ?)");
        _insertParts = Make("INSERT INTO entry_part (rowid, fold) VALUES (?, ?)");
        _delete = Make("DELETE FROM entry WHERE id = ?");
        _deleteWords = Make("INSERT INTO entry_word (entry_word, rowid, terms) VALUES ('delete', ?, ?)");
        _deleteParts = Make("INSERT INTO entry_part (entry_part, rowid, fold) VALUES ('delete', ?, ?)");
        _mark = Make("UPDATE entry SET series = ? WHERE id = ?");
    }

    public SqliteConnection Connection { get; }

    public void Insert(EntryRow row)
    {
        raw.sqlite3_bind_int64(_insert, 1, row.Id);
        raw.sqlite3_bind_int64(_insert, 2, row.Share);
        raw.sqlite3_bind_text(_insert, 3, row.Path);
        raw.sqlite3_bind_text(_insert, 4, row.Fold);
        raw.sqlite3_bind_int64(_insert, 5, row.Size);
        Bind(_insert, 6, row.Modified);
        Bind(_insert, 7, row.Media);
        Bind(_insert, 8, row.Description);
        Bind(_insert, 9, row.Hashes);
        Bind(_insert, 10, row.Visibility);
        raw.sqlite3_bind_int64(_insert, 11, row.Series);
        raw.sqlite3_bind_text(_insert, 12, row.Terms);
        Run(_insert);
        Run(_insertWords, row.Id, row.Terms);
        Run(_insertParts, row.Id, row.Fold);
    }

    public void Delete(EntryRow row)
    {
        raw.sqlite3_bind_int64(_delete, 1, row.Id);
        Run(_delete);
        Run(_deleteWords, row.Id, row.Terms);
        Run(_deleteParts, row.Id, row.Fold);
    }

    public void Mark(long id, long series)
    {
        raw.sqlite3_bind_int64(_mark, 1, series);
        raw.sqlite3_bind_int64(_mark, 2, id);
        Run(_mark);
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _insert, _insertWords, _insertParts, _delete, _deleteWords, _deleteParts, _mark }) statement.Dispose();
    }

    private static void Bind(sqlite3_stmt to, int index, long? value)
    {
        if (value is { } given) raw.sqlite3_bind_int64(to, index, given);
        else raw.sqlite3_bind_null(to, index);
    }

    private static void Bind(sqlite3_stmt to, int index, string? value)
    {
        if (value is not null) raw.sqlite3_bind_text(to, index, value);
        else raw.sqlite3_bind_null(to, index);
    }

    private void Run(sqlite3_stmt statement, long id, string text)
    {
        raw.sqlite3_bind_int64(statement, 1, id);
        raw.sqlite3_bind_text(statement, 2, text);
        Run(statement);
    }

    private void Run(sqlite3_stmt statement)
    {
        var code = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        if (code != raw.SQLITE_DONE) RawStatement.Fail(Connection, code);
    }

    private sqlite3_stmt Make(string sql) => RawStatement.Prepare(Connection, sql);
}
