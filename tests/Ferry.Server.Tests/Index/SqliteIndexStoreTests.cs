using Ferry.Server.Index.Storage;
using Ferry.Server.Storage;

namespace Ferry.Server.Tests.Index;

public sealed class SqliteIndexStoreTests : IndexStoreContract
{
    [Fact]
    public async Task What_is_no_database_is_refused_by_its_name()
    {
        var path = await MakePlaceAsync();
        await File.WriteAllTextAsync(path, new string('x', 4096));
        (await Should.ThrowAsync<StoreException>(() => IndexDatabase.OpenAsync(path, default))).Message.ShouldContain(path);
        await RemovePlaceAsync(path);
    }

    protected override Task<string> MakePlaceAsync() => Task.FromResult(Path.Combine(Directory.CreateTempSubdirectory("ferry-index-").FullName, "index.db"));

    protected override Task RemovePlaceAsync(string where)
    {
        Directory.Delete(Path.GetDirectoryName(where)!, recursive: true);
        return Task.CompletedTask;
    }

    protected override Task CopyExistsAsync(string where, int version)
    {
        var copy = SqliteMigration.BackUpOf(where, version);
        new FileInfo(copy).Length.ShouldBeGreaterThan(0);
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(copy).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return Task.CompletedTask;
    }
}
