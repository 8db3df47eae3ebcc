using Dapper;
using Microsoft.Data.Sqlite;

namespace Ferry.Server.Storage;

/// <summary>
/// One SQLite file, one connection, one piece of work at a time, off the caller's thread. Several processes may have the file open: it is in
/// WAL mode and a writer waits for the other for up to <see cref="BusySeconds"/>.
/// </summary>
internal sealed class SqliteDatabase : IAsyncDisposable
{
    private const int BusySeconds = 5;

    private readonly SqliteConnection _connection;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private bool _closed;

    private SqliteDatabase(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens or makes <paramref name="path"/>, with the folder above it, and brings the schema up to date.</summary>
    /// <exception cref="StoreException">Not a database, made by a newer version, or not accessible.</exception>
    public static async Task<SqliteDatabase> OpenAsync(string path, CancellationToken cancellationToken) =>
        await Task.Run(() => Open(path), cancellationToken).ConfigureAwait(false);

    /// <summary>Does one piece of work in its turn.</summary>
    public async Task<T> RunAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return await Task.Run(() => work(_connection), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The same, as a write that happens whole or not at all.</summary>
    public Task<T> WriteAsync<T>(Func<SqliteConnection, SqliteTransaction, T> work, CancellationToken cancellationToken) =>
        RunAsync(
            connection =>
            {
                using var transaction = connection.BeginTransaction(deferred: false);
                var result = work(connection, transaction);
                transaction.Commit();
                return result;
            },
            cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        if (!_closed) await _connection.DisposeAsync().ConfigureAwait(false);
        _closed = true;
        _turn.Release();
    }

    private static SqliteDatabase Open(string path)
    {
        SqliteEngine.Use();
        SqliteConnection? connection = null;
        try
        {
            SqliteFile.MakePrivate(path);
            var settings = new SqliteConnectionStringBuilder { DataSource = path, ForeignKeys = true, DefaultTimeout = BusySeconds, Pooling = false };
            connection = new SqliteConnection(settings.ToString());
            connection.Open();
            connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
            SqliteMigration.Run(connection, path, SchemaScripts.Accounts);
            return new SqliteDatabase(connection);
        }
        catch (Exception wrong) when (wrong is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            throw new StoreException($"{path}: {wrong.Message}", wrong);
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }
}
