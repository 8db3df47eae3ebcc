using Ferry.Interop.Tests.Peers;
using Ferry.Server.Tests.Index;

namespace Ferry.Interop.Tests.Index;

/// <summary>The same promises as SQLite's, kept by PostgreSQL.</summary>
internal sealed class PostgresIndexEngine(PostgresCluster cluster) : IIndexEngine
{
    public Task<string> MakePlaceAsync() => cluster.CreateDatabaseAsync();

    public Task RemovePlaceAsync(string where) => Task.CompletedTask;

    public async Task CopyExistsAsync(string where, int version) =>
        (await PostgresCluster.AskAsync(where, $"SELECT COUNT(*) FROM ferry_index_schema{version}_backup.entry")).ShouldBe(1L);
}
