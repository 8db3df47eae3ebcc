using Ferry.Server.Index.Storage;
using Ferry.Server.Storage;

namespace Ferry.Server.Tests.Index;

public sealed class SqliteIndexDatabaseTests() : IndexDatabaseContract(new SqliteIndexEngine())
{
    [Fact]
    public async Task What_is_no_database_is_refused_by_its_name()
    {
        var path = await Engine.MakePlaceAsync();
        await File.WriteAllTextAsync(path, new string('x', 4096));
        (await Should.ThrowAsync<StoreException>(() => IndexDatabase.OpenAsync(path, default))).Message.ShouldContain(path);
        await Engine.RemovePlaceAsync(path);
    }
}
