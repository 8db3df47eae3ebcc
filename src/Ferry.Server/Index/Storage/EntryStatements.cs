using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Ferry.Server.Index.Storage;

/// <summary>
/// The writer's statements for entries, prepared once and run by SQLite's own calls: three for each file are what publishing costs, and ADO.NET's commands took as long again as the engine
/// (bench/Ferry.IndexBench).
/// </summary>
internal sealed class EntryStatements : IDisposable
{
    public const string Columns = "id, share, path, fold, size, modified, media, description, hashes, visibility, series, terms";

    private readonly sqlite3_stmt _insert;
    private readonly sqlite3_stmt _insertWords;
    private readonly sqlite3_stmt _insertParts;
    private readonly sqlite3_stmt _delete;
    private readonly sqlite3_stmt _deleteWords;
    private readonly sqlite3_stmt _deleteParts;
    private readonly sqlite3_stmt _mark;
    private readonly sqlite3_stmt _find;

    public EntryStatements(SqliteConnection connection)
    {
        Connection = connection;
        _insert = Make($"INSERT INTO entry ({Columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        _insertWords = Make("INSERT INTO entry_word (rowid, terms) VALUES (?, ?)");
        _insertParts = Make("INSERT INTO entry_part (rowid, fold) VALUES (?, ?)");
        _delete = Make("DELETE FROM entry WHERE id = ?");
        _deleteWords = Make("INSERT INTO entry_word (entry_word, rowid, terms) VALUES ('delete', ?, ?)");
        _deleteParts = Make("INSERT INTO entry_part (entry_part, rowid, fold) VALUES ('delete', ?, ?)");
        _mark = Make("UPDATE entry SET series = ? WHERE id = ?");
        _find = Make($"SELECT {Columns} FROM entry WHERE share = ? AND path = ?");
    }

    public SqliteConnection Connection { get; }

    public static EntryRow Read(SqliteDataReader reader) => new()
    {
        Id = reader.GetInt64(0),
        Share = reader.GetInt64(1),
        Path = reader.GetString(2),
        Fold = reader.GetString(3),
        Size = reader.GetInt64(4),
        Modified = reader.IsDBNull(5) ? null : reader.GetInt64(5),
        Media = reader.IsDBNull(6) ? null : reader.GetString(6),
        Description = reader.IsDBNull(7) ? null : reader.GetString(7),
        Hashes = reader.IsDBNull(8) ? null : reader.GetString(8),
        Visibility = reader.IsDBNull(9) ? null : reader.GetInt64(9),
        Series = reader.GetInt64(10),
        Terms = reader.GetString(11),
    };

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

    /// <summary>The row of a path of a share, or null.</summary>
    public EntryRow? Find(long share, string path)
    {
        raw.sqlite3_bind_int64(_find, 1, share);
        raw.sqlite3_bind_text(_find, 2, path);
        var code = raw.sqlite3_step(_find);
        var row = code == raw.SQLITE_ROW ? Row(_find) : null;
        raw.sqlite3_reset(_find);
        if (code is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) Fail(code);
        return row;
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _insert, _insertWords, _insertParts, _delete, _deleteWords, _deleteParts, _mark, _find }) statement.Dispose();
    }

    private static EntryRow Row(sqlite3_stmt from) => new()
    {
        Id = raw.sqlite3_column_int64(from, 0),
        Share = raw.sqlite3_column_int64(from, 1),
        Path = Text(from, 2)!,
        Fold = Text(from, 3)!,
        Size = raw.sqlite3_column_int64(from, 4),
        Modified = Number(from, 5),
        Media = Text(from, 6),
        Description = Text(from, 7),
        Hashes = Text(from, 8),
        Visibility = Number(from, 9),
        Series = raw.sqlite3_column_int64(from, 10),
        Terms = Text(from, 11)!,
    };

    private static string? Text(sqlite3_stmt from, int column) => raw.sqlite3_column_type(from, column) == raw.SQLITE_NULL ? null : raw.sqlite3_column_text(from, column).utf8_to_string();

    private static long? Number(sqlite3_stmt from, int column) => raw.sqlite3_column_type(from, column) == raw.SQLITE_NULL ? null : raw.sqlite3_column_int64(from, column);

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
        if (code != raw.SQLITE_DONE) Fail(code);
    }

    private void Fail(int code) => throw new SqliteException(raw.sqlite3_errmsg(Connection.Handle).utf8_to_string(), code);

    private sqlite3_stmt Make(string sql)
    {
        var code = raw.sqlite3_prepare_v2(Connection.Handle, sql, out var statement);
        if (code != raw.SQLITE_OK) Fail(code);
        return statement;
    }
}
