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
    private const UnixFileMode OnlyMine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

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
            MakePrivate(path);
            var settings = new SqliteConnectionStringBuilder { DataSource = path, ForeignKeys = true, DefaultTimeout = BusySeconds, Pooling = false };
            connection = new SqliteConnection(settings.ToString());
            connection.Open();
            connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
            Migrate(connection, path);
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

    // The file is made by us, not by SQLite, so that there is no moment at which others could open it. Its WAL takes over the mode.
    private static void MakePrivate(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }

        if (!Directory.Exists(folder)) Directory.CreateDirectory(folder, OnlyMine | UnixFileMode.UserExecute);
        using (new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            UnixCreateMode = OnlyMine,
        }))
        {
        }

        if (File.GetUnixFileMode(path) != OnlyMine) File.SetUnixFileMode(path, OnlyMine);
    }

    private static void Migrate(SqliteConnection connection, string path)
    {
        var scripts = SchemaScripts.All;
        if (Version(connection) == scripts.Count) return;
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

    private static int Version(SqliteConnection connection) => connection.ExecuteScalar<int>("PRAGMA user_version");
}
