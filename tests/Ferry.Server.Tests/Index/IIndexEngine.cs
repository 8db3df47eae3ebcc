namespace Ferry.Server.Tests.Index;

/// <summary>What keeps an index's database, for tests that hold for each of them.</summary>
public interface IIndexEngine
{
    /// <summary>A new place for a database: what <see cref="Ferry.Server.Index.IndexOptions.Database"/> takes.</summary>
    Task<string> MakePlaceAsync();

    Task RemovePlaceAsync(string where);

    /// <summary>Fails unless the copy of before that version is there.</summary>
    Task CopyExistsAsync(string where, int version);
}
