using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Server.Index.Storage;
using Ferry.Server.Storage;

namespace Ferry.Server.Tests.Index;

/// <summary>The database below: restarts, transactions, schemas.</summary>
public abstract class IndexDatabaseContract(IIndexEngine engine) : IndexStoreContract(engine)
{
    [Fact]
    public async Task Everything_outlives_a_restart()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        await Store.ArriveAsync(Alice.WithResource("r"), default);
        await ReopenAsync(options => options with { Visibility = Visibility.Everybody });
        await FoundAsync("txt", "a.txt");
        (await Store.SessionsAsync(default)).ShouldBe([Alice.WithResource("r")]);
        (await Store.SessionsOfAsync(Alice, default)).ShouldBe([Alice.WithResource("r")]);
        (await Store.PublishAsync(Alice, Delta(2, FileOf("b.txt", 1)), default)).Error.ShouldBeNull();
    }

    // Of work that is done in one transaction only the culprit fails.
    [Fact]
    public async Task One_failure_takes_nobody_with_it()
    {
        var first = Database.WriteAsync<int>((_, _) => throw new InvalidOperationException("mine"), default);
        var others = Enumerable.Range(0, 20).Select(i => Store.PublishAsync(Jid.Parse($"u{i}@example.org"), new IndexPublish("s", 1, PublishMode.Delta, 0, [FileOf("f.txt", 1)], []), default)).ToList();
        (await Should.ThrowAsync<InvalidOperationException>(() => first)).Message.ShouldBe("mine");
        (await Task.WhenAll(others)).ShouldAllBe(result => result.Error == null);
        await FoundAsync("txt", 20);
    }

    // A year from now: an older ferryd meets a newer database, and a newer one an older database.
    [Fact]
    public async Task A_newer_schema_is_refused_and_an_older_one_is_copied_and_brought_up()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        await Database.DisposeAsync();
        var scripts = IndexDatabase.IsPostgres(Where) ? SchemaScripts.PostgresIndex : SchemaScripts.SqliteIndex;
        await using (await IndexDatabase.OpenAsync(Where, [.. scripts, "ALTER TABLE share ADD COLUMN colour text"], default))
        {
            await Engine.CopyExistsAsync(Where, scripts.Count);
        }

        (await Should.ThrowAsync<StoreException>(() => IndexDatabase.OpenAsync(Where, default))).Message.ShouldContain("newer Ferry");
        Database = await IndexDatabase.OpenAsync(Where, [.. scripts, "ALTER TABLE share ADD COLUMN colour text"], default);
        Use(Options);
        await FoundAsync("txt", "a.txt");
    }

    [Fact]
    public async Task A_script_that_fails_changes_nothing()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        await Database.DisposeAsync();
        var scripts = IndexDatabase.IsPostgres(Where) ? SchemaScripts.PostgresIndex : SchemaScripts.SqliteIndex;
        await Should.ThrowAsync<StoreException>(() => IndexDatabase.OpenAsync(Where, [.. scripts, "CREATE TABLE extra (x integer); SELECT nonsense FROM nowhere"], default));
        Database = await IndexDatabase.OpenAsync(Where, default);
        Use(Options);
        await FoundAsync("txt", "a.txt");
    }
}
