using System.Text.Json;
using Dapper;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Roster;
using Ferry.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Ferry.Server.Accounts;

/// <summary>The rosters: what each account knows of its contacts.</summary>
internal sealed class RosterStore(SqliteDatabase database)
{
    private const string Columns = "jid, name, groups, sees, seen, asked, requested, listed, request";

    /// <summary>Every contact of <paramref name="owner"/>, those with nothing but an open request included.</summary>
    public Task<IReadOnlyList<StoredContact>> AllAsync(Jid owner, CancellationToken cancellationToken) =>
        database.RunAsync<IReadOnlyList<StoredContact>>(
            connection => connection.Query<Row>($"SELECT {Columns} FROM contact WHERE account = @owner ORDER BY jid", new { owner = owner.Bare.ToString() })
                .Select(row => row.ToContact()).ToList(),
            cancellationToken);

    /// <summary>The groups that others have a contact in: whose roster, and which groups.</summary>
    public Task<IReadOnlyList<(Jid Owner, IReadOnlyList<string> Groups)>> GroupsWithAsync(Jid contact, CancellationToken cancellationToken) =>
        database.RunAsync<IReadOnlyList<(Jid, IReadOnlyList<string>)>>(
            connection => connection.Query<(string Owner, string Groups)>("SELECT account, groups FROM contact WHERE jid = @jid AND listed = 1 AND groups <> '[]'", new { jid = contact.Bare.ToString() })
                .Select(row => (Jid.Parse(row.Owner), (IReadOnlyList<string>)(JsonSerializer.Deserialize<List<string>>(row.Groups) ?? []))).ToList(),
            cancellationToken);

    /// <summary>One contact, or null.</summary>
    public Task<StoredContact?> FindAsync(Jid owner, Jid contact, CancellationToken cancellationToken) =>
        database.RunAsync(connection => Find(connection, null, owner, contact), cancellationToken);

    /// <summary>
    /// Changes one contact in one step. <paramref name="change"/> gets what is kept (or the unknown contact) and the number of contacts of
    /// the owner; null means: leave it. An empty result takes the row away.
    /// </summary>
    /// <returns>Before and after; after is null where nothing was changed or the owner does not exist.</returns>
    public Task<(StoredContact Before, StoredContact? After)> ChangeAsync(
        Jid owner, Jid contact, Func<StoredContact, int, StoredContact?> change, CancellationToken cancellationToken) =>
        database.WriteAsync<(StoredContact, StoredContact?)>(
            (connection, transaction) =>
            {
                var account = owner.Bare.ToString();
                var before = Find(connection, transaction, owner, contact) ?? StoredContact.Unknown(contact.Bare);
                var counts = connection.QuerySingle<(long Owners, long Contacts)>(
                    "SELECT (SELECT COUNT(*) FROM account WHERE jid = @account), (SELECT COUNT(*) FROM contact WHERE account = @account)",
                    new { account },
                    transaction);
                if (counts.Owners == 0 || change(before, (int)counts.Contacts) is not { } after) return (before, null);
                if (after.IsEmpty) connection.Execute("DELETE FROM contact WHERE account = @account AND jid = @jid", new { account, jid = contact.Bare.ToString() }, transaction);
                else Save(connection, transaction, account, after);
                return (before, after);
            },
            cancellationToken);

    private static StoredContact? Find(SqliteConnection connection, SqliteTransaction? transaction, Jid owner, Jid contact) =>
        connection.QuerySingleOrDefault<Row>(
            $"SELECT {Columns} FROM contact WHERE account = @owner AND jid = @contact",
            new { owner = owner.Bare.ToString(), contact = contact.Bare.ToString() },
            transaction)?.ToContact();

    private static void Save(SqliteConnection connection, SqliteTransaction transaction, string account, StoredContact contact) =>
        connection.Execute(
            $"INSERT OR REPLACE INTO contact (account, {Columns}) VALUES (@account, @jid, @name, @groups, @sees, @seen, @asked, @requested, @listed, @request)",
            new
            {
                account,
                jid = contact.Jid.ToString(),
                name = contact.Name,
                groups = JsonSerializer.Serialize(contact.Groups),
                sees = contact.State.To,
                seen = contact.State.From,
                asked = contact.State.PendingOut,
                requested = contact.State.PendingIn,
                listed = contact.Listed,
                request = contact.Request,
            },
            transaction);

    private sealed class Row
    {
        public string Jid { get; init; } = "";

        public string? Name { get; init; }

        public string Groups { get; init; } = "[]";

        public bool Sees { get; init; }

        public bool Seen { get; init; }

        public bool Asked { get; init; }

        public bool Requested { get; init; }

        public bool Listed { get; init; }

        public string? Request { get; init; }

        public StoredContact ToContact() => new(
            Protocol.Addressing.Jid.Parse(Jid),
            Name,
            JsonSerializer.Deserialize<List<string>>(Groups) ?? [],
            new SubscriptionState(Sees, Seen, Asked, Requested),
            Listed,
            Request);
    }
}
