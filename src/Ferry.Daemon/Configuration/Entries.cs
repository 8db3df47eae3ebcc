namespace Ferry.Daemon.Configuration;

/// <summary>What a source says: keys that there are, and what is wrong with the others, one line for each fault.</summary>
internal sealed record Entries(IReadOnlyList<Entry> Set, IReadOnlyList<string> Faults)
{
    /// <summary>The fault of a key that cannot be set, or null.</summary>
    public static string? Refusal(string where, string spelling, string path, Func<string, string> nearest)
    {
        if (Keys.Find(path) is not { } key) return $"{where}: there is no key {spelling}; the nearest is {nearest(path)}";
        return key.Part.IsBuilt ? null : $"{where}: {spelling} belongs to {key.Part.Name}, which this ferryd does not have yet; remove it";
    }
}
