using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Ferry.Server.Index.Storage;

/// <summary>Ids in ascending order, read as far as they are wanted.</summary>
internal sealed class IdList : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly sqlite3_stmt _statement;
    private bool _isUnderWay;

    /// <param name="sql">Its first parameter is the least id, the second, where there is one, what is looked up.</param>
    /// <param name="match">What is looked up, or null.</param>
    public IdList(SqliteConnection connection, string sql, string? match)
    {
        (_connection, _statement) = (connection, RawStatement.Prepare(connection, sql));
        if (match is not null) raw.sqlite3_bind_text(_statement, 2, match);
    }

    public long? Current { get; private set; }

    /// <summary>The first id from there on; null: none.</summary>
    public long? MoveTo(long from)
    {
        if (Current >= from) return Current;
        if (!_isUnderWay) raw.sqlite3_bind_int64(_statement, 1, from);
        _isUnderWay = true;
        int code;
        while ((code = raw.sqlite3_step(_statement)) == raw.SQLITE_ROW)
        {
            var id = raw.sqlite3_column_int64(_statement, 0);
            if (id < from) continue;
            return Current = id;
        }

        if (code != raw.SQLITE_DONE) RawStatement.Fail(_connection, code);
        return Current = null;
    }

    /// <summary>The next move looks it up anew instead of reading up to it.</summary>
    public void Jump()
    {
        raw.sqlite3_reset(_statement);
        _isUnderWay = false;
        Current = null;
    }

    public void Dispose() => _statement.Dispose();
}
