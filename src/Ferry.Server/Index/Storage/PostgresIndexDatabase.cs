using System.Data.Common;
using System.Globalization;
using System.Text;
using Dapper;
using Ferry.Protocol.FileIndex;
using Ferry.Server.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Ferry.Server.Index.Storage;

/// <summary>
/// The index in PostgreSQL, in a schema of its own. Words, marks and trigrams are the lexemes of one <c>tsvector</c> with one GIN index: they are cut and folded by us, so nothing
/// depends on the server's languages, locale or extensions.
/// </summary>
internal sealed class PostgresIndexDatabase : IndexDatabase
{
    private const int Readers = 8;
    private const string Columns = "id, share, path, fold, size, modified, media, description, hashes, visibility, series";

    /// <summary>Held while the schema is brought up to date, so that of several daemons one does it.</summary>
    private const long MigrationLock = 0x4665727279496478;

    private readonly NpgsqlDataSource _source;

    private PostgresIndexDatabase(NpgsqlDataSource source, string description) : base(Readers) => (_source, Description) = (source, description);

    public override string Description { get; }

    public override string EntryColumns => Columns;

    public static async Task<PostgresIndexDatabase> ConnectAsync(string database, IReadOnlyList<string> scripts, CancellationToken cancellationToken)
    {
        NpgsqlDataSource? source = null;
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(database) { MaxPoolSize = Readers + 2, ApplicationName = "ferry-index" };
            settings.SearchPath = Schema(settings);
            source = NpgsqlDataSource.Create(settings);
            var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using var closing = connection.ConfigureAwait(false);
            Migrate(connection, Schema(settings), scripts);
            return new PostgresIndexDatabase(source, $"PostgreSQL {connection.PostgreSqlVersion}");
        }
        catch (Exception wrong) when (wrong is NpgsqlException or ArgumentException or System.Net.Sockets.SocketException or StoreException)
        {
            if (source is not null) await source.DisposeAsync().ConfigureAwait(false);
            // The connection string may hold a password: it is not in the message.
            throw wrong as StoreException ?? new StoreException($"the index's PostgreSQL database: {wrong.Message}", wrong);
        }
    }

    public override Dictionary<string, EntryRow> FindByPath(DbConnection connection, DbTransaction? transaction, long share, IReadOnlyList<string> paths) =>
        connection.Query<EntryRow>($"SELECT {Columns} FROM entry WHERE share = @share AND path = ANY(@paths)", new { share, paths = paths.ToArray() }, transaction)
            .ToDictionary(row => row.Path, StringComparer.Ordinal);

    public override void Insert(DbConnection connection, DbTransaction transaction, IReadOnlyList<EntryRow> rows)
    {
        if (rows.Count == 0) return;
        using var command = new NpgsqlCommand(
            $"INSERT INTO entry ({Columns}, terms) SELECT id, share, path, fold, size, modified, media, description, hashes, visibility, series, array_to_tsvector(string_to_array(terms, ' ')) "
            + "FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS t (id, share, path, fold, size, modified, media, description, hashes, visibility, series, terms)",
            (NpgsqlConnection)connection, (NpgsqlTransaction)transaction);
        Add(command, NpgsqlDbType.Bigint, rows.Select(row => row.Id).ToArray());
        Add(command, NpgsqlDbType.Bigint, rows.Select(row => row.Share).ToArray());
        Add(command, NpgsqlDbType.Text, rows.Select(row => row.Path).ToArray());
        Add(command, NpgsqlDbType.Text, rows.Select(row => row.Fold).ToArray());
        Add(command, NpgsqlDbType.Bigint, rows.Select(row => row.Size).ToArray());
        Add(command, NpgsqlDbType.Bigint, rows.Select(row => row.Modified).ToArray());
        Add(command, NpgsqlDbType.Text, rows.Select(row => row.Media).ToArray());
        Add(command, NpgsqlDbType.Text, rows.Select(row => row.Description).ToArray());
        Add(command, NpgsqlDbType.Text, rows.Select(row => row.Hashes).ToArray());
        Add(command, NpgsqlDbType.Integer, rows.Select(row => (int?)row.Visibility).ToArray());
        Add(command, NpgsqlDbType.Bigint, rows.Select(row => row.Series).ToArray());
        Add(command, NpgsqlDbType.Text, rows.Select(Lexemes).ToArray());
        command.ExecuteNonQuery();
    }

    public override void Delete(DbConnection connection, DbTransaction transaction, IReadOnlyList<EntryRow> rows) =>
        connection.Execute("DELETE FROM entry WHERE id = ANY(@ids)", new { ids = rows.Select(row => row.Id).ToArray() }, transaction);

    public override void Mark(DbConnection connection, DbTransaction transaction, IReadOnlyList<long> ids, long series) =>
        connection.Execute("UPDATE entry SET series = @series WHERE id = ANY(@ids)", new { series, ids = ids.ToArray() }, transaction);

    public override IReadOnlyList<EntryRow> FindById(DbConnection connection, IReadOnlyList<long> ids) =>
        connection.Query<EntryRow>($"SELECT {Columns} FROM entry WHERE id = ANY(@ids)", new { ids = ids.ToArray() }).AsList();

    public override List<long> FindCandidates(DbConnection connection, SearchQuery query, long[] shares, int most)
    {
        // Sizes have an index of their own here: a long list of marks makes GIN gather half the table before the first row.
        var groups = EntryTerms.Groups(query with { MinSize = null, MaxSize = null });
        if (shares.Length == 0) return [];
        var expression = string.Join(" & ", groups.Select(Match).Concat(EntryTerms.Trigrams(query).Select(part => Quote(Part(part)))));
        var (least, greatest) = (query.MinSize ?? 0, query.MaxSize ?? long.MaxValue);
        var conditions = new List<string> { "share = ANY(@shares)" };
        if (expression.Length > 0) conditions.Add("terms @@ @expression::tsquery");
        if (query.MinSize is not null || query.MaxSize is not null) conditions.Add("size BETWEEN @least AND @greatest");
        var order = conditions.Count == 1 ? "ORDER BY id " : "";
        var found = connection.Query<long>($"SELECT id FROM entry WHERE {string.Join(" AND ", conditions)} {order}LIMIT @most", new { expression, shares, least, greatest, most }).AsList();
        found.Sort();
        return found;
    }

    protected override DbTransaction Begin(DbConnection connection) => connection.BeginTransaction();

    protected override DbConnection OpenWriter() => _source.OpenConnection();

    protected override T WithReader<T>(Func<DbConnection, T> work, ReadTime? limit)
    {
        using var connection = _source.OpenConnection();
        using var transaction = connection.BeginTransaction(System.Data.IsolationLevel.RepeatableRead);
        try
        {
            if (limit is not null) connection.Execute(string.Create(CultureInfo.InvariantCulture, $"SET LOCAL statement_timeout = {limit.Left.TotalMilliseconds:0}"));
            var result = work(connection);
            transaction.Commit();
            return result;
        }
        catch (PostgresException wrong) when (limit is not null && wrong.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            throw new TimeoutException(wrong.MessageText, wrong);
        }
    }

    protected override ValueTask CloseAsync() => _source.DisposeAsync();

    // Spaces separate lexemes, so a trigram's space is written as a tab, which no folded file name keeps: see Part.
    private static string Lexemes(EntryRow row)
    {
        var text = new StringBuilder().AppendJoin(' ', row.Terms.Split(' ').Where(term => !EntryTerms.IsSize(term)));
        foreach (var part in EntryTerms.TrigramsOf(row.Fold).Distinct(StringComparer.Ordinal)) text.Append(' ').Append(Part(part));
        return text.ToString();
    }

    private static string Part(string trigram) => "." + trigram.Replace(' ', '\t');

    private static string Match(TermGroup group) => "(" + string.Join(" | ", group.Terms.Select(term => Quote(term) + (group.IsPrefix ? ":*" : ""))) + ")";

    // The text form of a tsquery: a quoted lexeme, quotes and backslashes doubled; nothing normalises it.
    private static string Quote(string lexeme) =>
        "'" + lexeme.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal) + "'";

    private static void Add<T>(NpgsqlCommand command, NpgsqlDbType type, T[] values) =>
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type, Value = values });

    private static string Schema(NpgsqlConnectionStringBuilder settings) => settings.SearchPath is { Length: > 0 } given ? given.Split(',')[0].Trim().Trim('"') : "ferry_index";

    private static void Migrate(NpgsqlConnection connection, string schema, IReadOnlyList<string> scripts)
    {
        if (!schema.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')) throw new ArgumentException("the schema's name has other characters than a-z, 0-9 and _");
        using var transaction = connection.BeginTransaction();
        connection.Execute("SELECT pg_advisory_xact_lock(@key)", new { key = MigrationLock }, transaction);
        connection.Execute($"CREATE SCHEMA IF NOT EXISTS {schema}; CREATE TABLE IF NOT EXISTS {schema}.schema_version (version integer NOT NULL)", transaction: transaction);
        var version = connection.ExecuteScalar<int?>("SELECT max(version) FROM schema_version", transaction: transaction) ?? 0;
        if (version > scripts.Count) throw new StoreException($"the index's PostgreSQL database was written by a newer Ferry (schema {version}, known here: {scripts.Count}); use that one, or another schema (Search Path=…)");
        if (version == scripts.Count) return;
        if (version > 0) BackUp(connection, transaction, schema, version);
        foreach (var script in scripts.Skip(version)) connection.Execute(script, transaction: transaction);
        connection.Execute("DELETE FROM schema_version; INSERT INTO schema_version VALUES (@version)", new { version = scripts.Count }, transaction);
        transaction.Commit();
    }

    // Copies of the tables in a schema beside this one, in the same transaction as the change.
    private static void BackUp(NpgsqlConnection connection, NpgsqlTransaction transaction, string schema, int version)
    {
        var copy = $"{schema}_schema{version}_backup";
        connection.Execute($"DROP SCHEMA IF EXISTS {copy} CASCADE; CREATE SCHEMA {copy}", transaction: transaction);
        foreach (var table in connection.Query<string>("SELECT tablename FROM pg_tables WHERE schemaname = @schema", new { schema }, transaction).AsList())
        {
            connection.Execute($"CREATE TABLE {copy}.\"{table}\" AS TABLE {schema}.\"{table}\"", transaction: transaction);
        }
    }
}
