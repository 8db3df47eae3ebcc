using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Ferry.Server.Index.Storage;

/// <summary>What SQLite's own calls need around them.</summary>
internal static class RawStatement
{
    /// <exception cref="SqliteException">It is no statement of this database.</exception>
    public static sqlite3_stmt Prepare(SqliteConnection connection, string sql)
    {
        var code = raw.sqlite3_prepare_v2(connection.Handle, sql, out var statement);
        if (code != raw.SQLITE_OK) Fail(connection, code);
        return statement;
    }

    /// <summary>Throws what ADO.NET would have thrown.</summary>
    [DoesNotReturn]
    public static void Fail(SqliteConnection connection, int code) => throw new SqliteException(raw.sqlite3_errmsg(connection.Handle).utf8_to_string(), code & 0xff, code);
}
