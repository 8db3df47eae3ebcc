using Dapper;
using Microsoft.Data.Sqlite;

namespace Ferry.Server.Storage;

/// <summary>Brings a SQLite database to the version that its numbered scripts make. Before it changes one that has data, it copies it beside itself.</summary>
internal static class SqliteMigration
{
    /// <exception cref="StoreException">The database is of a newer version.</exception>
    public static void Run(SqliteConnection connection, string path, IReadOnlyList<string> scripts)
    {
        var before = Version(connection);
        if (before == scripts.Count) return;
        if (before > 0 && before < scripts.Count) BackUp(connection, path, before);
        using var transaction = connection.BeginTransaction(deferred: false);
        var version = Version(connection); // another process may have been faster
        if (version > scripts.Count)
        {
            throw new StoreException($"{path} was written by a newer Ferry (schema {version}, known here: {scripts.Count}); use that one, or another --data folder");
        }

        foreach (var script in scripts.Skip(version)) connection.Execute(script, transaction: transaction);
        connection.Execute($"PRAGMA user_version = {scripts.Count}", transaction: transaction);
        transaction.Commit();
    }

    /// <summary>Where the copy of that version is.</summary>
    public static string BackUpOf(string path, int version) => $"{path}.schema{version}.backup";

    private static void BackUp(SqliteConnection connection, string path, int version)
    {
        var copy = BackUpOf(path, version);
        // One from an attempt that broke off is replaced; the database is as it was.
        File.Delete(copy);
        SqliteFile.MakePrivate(copy);
        connection.Execute("VACUUM INTO @copy", new { copy });
    }

    private static int Version(SqliteConnection connection) => connection.ExecuteScalar<int>("PRAGMA user_version");
}
