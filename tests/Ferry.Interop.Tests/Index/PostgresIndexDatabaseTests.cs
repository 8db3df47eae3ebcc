using Ferry.Interop.Tests.Peers;
using Ferry.Server.Index.Storage;
using Ferry.Server.Storage;
using Ferry.Server.Tests.Index;

namespace Ferry.Interop.Tests.Index;

[Collection(nameof(OnePostgres))]
public sealed class PostgresIndexDatabaseTests(PostgresCluster cluster) : IndexDatabaseContract(new PostgresIndexEngine(cluster))
{
    [Fact]
    public async Task What_cannot_be_reached_is_refused_without_the_password() =>
        (await Should.ThrowAsync<StoreException>(() => IndexDatabase.OpenAsync("Host=/nowhere;Username=ferry;Password=hunter2;Database=x", default))).Message.ShouldNotContain("hunter2");
}
