using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Ferry.Server.Index.Storage;

/// <summary>A connection's statements that find entries, prepared once: a search reads up to some hundred rows, and ADO.NET's commands took several times as long as the engine (bench/Ferry.IndexBench).</summary>
internal sealed class EntryLookup(SqliteConnection connection) : IDisposable
{
    public const string Columns = "id, share, path, fold, size, modified, media, description, hashes, visibility, series, terms";

    private readonly sqlite3_stmt _byId = RawStatement.Prepare(connection, $"SELECT {Columns} FROM entry WHERE id = ?");
    private readonly sqlite3_stmt _byPath = RawStatement.Prepare(connection, $"SELECT {Columns} FROM entry WHERE share = ? AND path = ?");

    /// <summary>The row of that number, or null.</summary>
    public EntryRow? Find(long id)
    {
        raw.sqlite3_bind_int64(_byId, 1, id);
        return First(_byId);
    }

    /// <summary>The row of a path of a share, or null.</summary>
    public EntryRow? Find(long share, string path)
    {
        raw.sqlite3_bind_int64(_byPath, 1, share);
        raw.sqlite3_bind_text(_byPath, 2, path);
        return First(_byPath);
    }

    public void Dispose()
    {
        _byId.Dispose();
        _byPath.Dispose();
    }

    private EntryRow? First(sqlite3_stmt statement)
    {
        var code = raw.sqlite3_step(statement);
        var row = code == raw.SQLITE_ROW ? Row(statement) : null;
        raw.sqlite3_reset(statement);
        if (code is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) RawStatement.Fail(connection, code);
        return row;
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
}
