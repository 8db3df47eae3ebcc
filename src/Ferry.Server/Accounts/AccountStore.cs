using System.Security.Cryptography;
using Dapper;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Sasl;
using Ferry.Server.Storage;

namespace Ferry.Server.Accounts;

/// <summary>
/// The accounts of the embedded server, in <c>accounts.db</c> of the data folder: salted SCRAM keys, no password. Several processes may use
/// it at once: <c>ferry account register</c> works while <c>ferry up</c> runs.
/// </summary>
public sealed class AccountStore : IAsyncDisposable
{
    /// <summary>The file in the data folder.</summary>
    public const string FileName = "accounts.db";

    private static readonly ScramHash[] Hashes = [ScramHash.Sha256, ScramHash.Sha1];

    private readonly SqliteDatabase _database;

    private AccountStore(SqliteDatabase database, byte[] secret)
    {
        _database = database;
        UnknownUserSecret = secret;
        Rosters = new RosterStore(database);
    }

    /// <summary>From which the salts of users that don't exist are made, so that they look like others from day to day.</summary>
    internal byte[] UnknownUserSecret { get; }

    internal RosterStore Rosters { get; }

    /// <summary>Opens the store in <paramref name="dataFolder"/>, which is made where it is missing.</summary>
    /// <exception cref="StoreException">The file cannot be used; the message says why.</exception>
    public static async Task<AccountStore> OpenAsync(string dataFolder, CancellationToken cancellationToken)
    {
        var database = await SqliteDatabase.OpenAsync(Path.Combine(dataFolder, FileName), cancellationToken).ConfigureAwait(false);
        var fresh = RandomNumberGenerator.GetBytes(32);
        var secret = await database.WriteAsync(
            (connection, transaction) =>
            {
                connection.Execute("INSERT OR IGNORE INTO secret (name, value) VALUES ('unknown-user', @fresh)", new { fresh }, transaction);
                return connection.QuerySingle<byte[]>("SELECT value FROM secret WHERE name = 'unknown-user'", transaction: transaction);
            },
            cancellationToken).ConfigureAwait(false);
        return new AccountStore(database, secret);
    }

    /// <summary>Whether the store can be read now; null, or why not.</summary>
    public async ValueTask<string?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _database.RunAsync(connection => connection.ExecuteScalar<long>("SELECT count(*) FROM secret"), cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception wrong) when (wrong is Microsoft.Data.Sqlite.SqliteException or ObjectDisposedException)
        {
            return wrong.Message;
        }
    }

    /// <summary>Makes an account.</summary>
    public async Task<AccountChange> RegisterAsync(Jid jid, string password, CancellationToken cancellationToken)
    {
        if (!IsAccount(jid)) return AccountChange.BadAddress;
        if (await DeriveAsync(password, cancellationToken).ConfigureAwait(false) is not { } keys) return AccountChange.BadPassword;
        return await _database.WriteAsync(
            (connection, transaction) =>
            {
                var row = new { jid = jid.ToString(), now = DateTimeOffset.UtcNow.ToUnixTimeSeconds() };
                if (connection.Execute("INSERT OR IGNORE INTO account (jid, created_at) VALUES (@jid, @now)", row, transaction) == 0) return AccountChange.Exists;
                connection.Execute("INSERT INTO credential (account, hash, keys) VALUES (@account, @hash, @keys)", Rows(jid, keys), transaction);
                return AccountChange.Done;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives an account another password.</summary>
    public async Task<AccountChange> SetPasswordAsync(Jid jid, string password, CancellationToken cancellationToken)
    {
        if (!IsAccount(jid)) return AccountChange.BadAddress;
        if (await DeriveAsync(password, cancellationToken).ConfigureAwait(false) is not { } keys) return AccountChange.BadPassword;
        return await _database.WriteAsync(
            (connection, transaction) =>
            {
                var exists = connection.ExecuteScalar<bool>("SELECT COUNT(*) FROM account WHERE jid = @jid", new { jid = jid.ToString() }, transaction);
                if (!exists) return AccountChange.Unknown;
                connection.Execute("INSERT OR REPLACE INTO credential (account, hash, keys) VALUES (@account, @hash, @keys)", Rows(jid, keys), transaction);
                return AccountChange.Done;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes an account away, with its roster. Sessions that are open stay so until they end.</summary>
    public Task<AccountChange> RemoveAsync(Jid jid, CancellationToken cancellationToken) =>
        _database.WriteAsync(
            (connection, transaction) =>
                connection.Execute("DELETE FROM account WHERE jid = @jid", new { jid = jid.Bare.ToString() }, transaction) == 0
                    ? AccountChange.Unknown
                    : AccountChange.Done,
            cancellationToken);

    /// <summary>Whether there is such an account.</summary>
    public Task<bool> ExistsAsync(Jid jid, CancellationToken cancellationToken) =>
        _database.RunAsync(
            connection => connection.ExecuteScalar<bool>("SELECT COUNT(*) FROM account WHERE jid = @jid", new { jid = jid.Bare.ToString() }),
            cancellationToken);

    /// <summary>All accounts, in the order of their addresses.</summary>
    public Task<IReadOnlyList<Jid>> ListAsync(CancellationToken cancellationToken) =>
        _database.RunAsync<IReadOnlyList<Jid>>(
            connection => connection.Query<string>("SELECT jid FROM account ORDER BY jid").Select(Jid.Parse).ToList(),
            cancellationToken);

    /// <summary>The keys to check a login with; null where there is no such account.</summary>
    internal Task<ScramCredentials?> CredentialsAsync(Jid jid, ScramHash hash, CancellationToken cancellationToken) =>
        _database.RunAsync(
            connection =>
            {
                var line = connection.QuerySingleOrDefault<string>(
                    "SELECT keys FROM credential WHERE account = @account AND hash = @hash",
                    new { account = jid.Bare.ToString(), hash = hash.ToString() });
                return line is not null && ScramCredentials.TryParse(line, out var keys) ? keys : null;
            },
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private static bool IsAccount(Jid jid) => jid is { Local: not null, IsFull: false };

    // Tens of milliseconds of work on purpose: off the caller's thread and outside of the database's turn.
    private static Task<List<ScramCredentials>?> DeriveAsync(string password, CancellationToken cancellationToken) =>
        Task.Run(
            () =>
            {
                var keys = new List<ScramCredentials>();
                foreach (var hash in Hashes)
                {
                    var salt = RandomNumberGenerator.GetBytes(ScramCredentials.SaltLength);
                    if (!ScramCredentials.TryDerive(hash, password, salt, ScramCredentials.DefaultIterations, out var made, out _)) return null;
                    keys.Add(made);
                }

                return keys;
            },
            cancellationToken);

    private static object Rows(Jid jid, List<ScramCredentials> keys) =>
        keys.Select(key => new { account = jid.ToString(), hash = key.Hash.ToString(), keys = key.Serialise() }).ToList();
}
