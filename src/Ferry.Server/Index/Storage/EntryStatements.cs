using Microsoft.Data.Sqlite;

namespace Ferry.Server.Index.Storage;

/// <summary>The writer's statements for entries, prepared once.</summary>
internal sealed class EntryStatements : IDisposable
{
    public const string Columns = "id, share, path, fold, size, modified, media, description, hashes, visibility, series, terms";

    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _insertWords;
    private readonly SqliteCommand _insertParts;
    private readonly SqliteCommand _delete;
    private readonly SqliteCommand _deleteWords;
    private readonly SqliteCommand _deleteParts;
    private readonly SqliteCommand _mark;

    public EntryStatements(SqliteConnection connection)
    {
        Connection = connection;
        _insert = Make(
            $"INSERT INTO entry ({Columns}) VALUES ($id, $share, $path, $fold, $size, $modified, $media, $description, $hashes, $visibility, $series, $terms)",
            "$id", "$share", "$path", "$fold", "$size", "$modified", "$media", "$description", "$hashes", "$visibility", "$series", "$terms");
        _insertWords = Make("INSERT INTO entry_word (rowid, terms) VALUES ($id, $text)", "$id", "$text");
        _insertParts = Make("INSERT INTO entry_part (rowid, fold) VALUES ($id, $text)", "$id", "$text");
        _delete = Make("DELETE FROM entry WHERE id = $id", "$id");
        _deleteWords = Make("INSERT INTO entry_word (entry_word, rowid, terms) VALUES ('delete', $id, $text)", "$id", "$text");
        _deleteParts = Make("INSERT INTO entry_part (entry_part, rowid, fold) VALUES ('delete', $id, $text)", "$id", "$text");
        _mark = Make("UPDATE entry SET series = $series WHERE id = $id", "$id", "$series");
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

    public void Use(SqliteTransaction transaction)
    {
        foreach (var command in All) command.Transaction = transaction;
    }

    public void Insert(EntryRow row)
    {
        Run(_insert, row.Id, row.Share, row.Path, row.Fold, row.Size, row.Modified, row.Media, row.Description, row.Hashes, row.Visibility, row.Series, row.Terms);
        Run(_insertWords, row.Id, row.Terms);
        Run(_insertParts, row.Id, row.Fold);
    }

    public void Delete(EntryRow row)
    {
        Run(_delete, row.Id);
        Run(_deleteWords, row.Id, row.Terms);
        Run(_deleteParts, row.Id, row.Fold);
    }

    public void Mark(long id, long series) => Run(_mark, id, series);

    public void Dispose()
    {
        foreach (var command in All) command.Dispose();
    }

    private SqliteCommand[] All => [_insert, _insertWords, _insertParts, _delete, _deleteWords, _deleteParts, _mark];

    private static void Run(SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] ?? DBNull.Value;
        command.ExecuteNonQuery();
    }

    private SqliteCommand Make(string sql, params string[] names) => SqliteIndexDatabase.Prepare(Connection, null, sql, names);
}
