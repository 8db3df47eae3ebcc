using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;
using Ferry.Server.Index;
using Ferry.Server.Index.Storage;
using Ferry.Testing.Time;

namespace Ferry.Server.Tests.Index;

/// <summary>What the index's store promises, whatever engine keeps it: an open one, in which everybody sees everything unless a test says otherwise.</summary>
public abstract class IndexStoreContract(IIndexEngine engine) : IAsyncLifetime
{
    protected static Jid Alice { get; } = Jid.Parse("alice@example.org");

    protected static Jid Bob { get; } = Jid.Parse("bob@example.org");

    protected static Jid Carol { get; } = Jid.Parse("carol@example.net");

    protected IIndexEngine Engine { get; } = engine;

    protected ManualTime Time { get; } = new();

    protected string Where { get; private set; } = "";

    private protected IndexDatabase Database { get; set; } = null!;

    private protected IndexOptions Options { get; private set; } = null!;

    private protected IndexStore Store { get; private set; } = null!;

    private protected IndexSearch Search { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Where = await Engine.MakePlaceAsync();
        await OpenAsync(options => options with { Visibility = Visibility.Everybody });
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await Engine.RemovePlaceAsync(Where);
        GC.SuppressFinalize(this);
    }

    protected static FileHash HashOf(string path) => FileHash.Sha256(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(path))));

    protected static IndexedFile FileOf(string path, long size, string? type = null, string? description = null) =>
        new(path, new FileMetadata(IndexPaths.NameOf(path), size, type, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), description) { Hashes = [HashOf(path)] });

    protected static IndexPublish Delta(long generation, params IndexedFile[] files) => new("docs", generation, PublishMode.Delta, 0, files, []);

    protected static IndexPublish Full(long generation, long series, bool commits, params IndexedFile[] files) => new("docs", generation, PublishMode.Full, series, files, [], commits);

    protected async Task PublishAsync(Jid owner, string share, params IndexedFile[] files) =>
        (await Store.PublishAsync(owner, new IndexPublish(share, 1, PublishMode.Delta, 0, files, []), default)).Error.ShouldBeNull();

    protected async Task FoundAsync(string words, params string[] paths)
    {
        var hits = (await Search.SearchAsync(Bob, SearchWords.Parse(words).Query!, null, default)).Hits;
        hits.Select(hit => hit.Node.Inside).Order(StringComparer.Ordinal).ShouldBe((IEnumerable<string>)paths, words);
    }

    protected async Task FoundAsync(string words, int count) => (await Search.SearchAsync(Bob, SearchWords.Parse(words).Query!, null, default)).Hits.Count.ShouldBe(count, words);

    protected async Task ReopenAsync(Func<IndexOptions, IndexOptions> change)
    {
        await Database.DisposeAsync();
        await OpenAsync(change);
    }

    protected void Use(IndexOptions options)
    {
        Options = options;
        Store = new IndexStore(Database, options, Time);
        Search = new IndexSearch(Database, new ScopeBook(Store, options, Time), options, Time);
    }

    private async Task OpenAsync(Func<IndexOptions, IndexOptions> change)
    {
        Database = await IndexDatabase.OpenAsync(Where, default);
        Use(change(new IndexOptions { Database = Where }));
    }
}
