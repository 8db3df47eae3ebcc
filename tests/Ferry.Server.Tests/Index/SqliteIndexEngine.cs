using Ferry.Server.Storage;

namespace Ferry.Server.Tests.Index;

/// <summary>Files in temporary folders.</summary>
internal sealed class SqliteIndexEngine : IIndexEngine
{
    public Task<string> MakePlaceAsync() => Task.FromResult(Path.Combine(Directory.CreateTempSubdirectory("ferry-index-").FullName, "index.db"));

    public Task RemovePlaceAsync(string where)
    {
        Directory.Delete(Path.GetDirectoryName(where)!, recursive: true);
        return Task.CompletedTask;
    }

    public Task CopyExistsAsync(string where, int version)
    {
        var copy = SqliteMigration.BackUpOf(where, version);
        new FileInfo(copy).Length.ShouldBeGreaterThan(0);
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(copy).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return Task.CompletedTask;
    }
}
