namespace Ferry.Daemon.Configuration;

/// <summary>Keys from environment variables: <c>FERRYD_</c> and the path joined by two underscores. An empty one is as good as none.</summary>
internal static class EnvironmentSource
{
    public static Entries Read(IEnumerable<KeyValuePair<string, string>> variables)
    {
        var set = new List<Entry>();
        var faults = new List<string>();
        foreach (var (name, value) in variables.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(Key.Prefix, StringComparison.OrdinalIgnoreCase)) continue;
            var path = name[Key.Prefix.Length..].Replace("__", ".", StringComparison.Ordinal);
            if (Entries.Refusal("environment", Readable.Text(name), path, Keys.NearestVariable) is { } fault) faults.Add(fault);
            else if (value.Length > 0) set.Add(new Entry(Keys.Find(path)!, [value], "environment", name, Folder: null));
        }

        return new Entries(set, faults);
    }
}
