using Ferry.Interop.Tests.Peers;
using Ferry.Server.Index.Storage;
using Ferry.Server.Storage;
using Ferry.Server.Tests.Index;

namespace Ferry.Interop.Tests.Index;

/// <summary>The same promises as SQLite's, kept by PostgreSQL.</summary>
public sealed class PostgresIndexStoreTests(PostgresCluster cluster) : IndexStoreContract, IClassFixture<PostgresCluster>
{
    [Fact]
    public async Task What_cannot_be_reached_is_refused_without_the_password() =>
        (await Should.ThrowAsync<StoreException>(() => IndexDatabase.OpenAsync("Host=/nowhere;Username=ferry;Password=hunter2;Database=x", default))).Message.ShouldNotContain("hunter2");

    protected override Task<string> MakePlaceAsync() => cluster.CreateDatabaseAsync();

    protected override Task RemovePlaceAsync(string where) => Task.CompletedTask;

    protected override async Task CopyExistsAsync(string where, int version) =>
        (await PostgresCluster.AskAsync(where, $"SELECT COUNT(*) FROM ferry_index_schema{version}_backup.entry")).ShouldBe(1L);
}
