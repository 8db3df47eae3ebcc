using System.Globalization;
using System.Reflection;

namespace Ferry.Server.Storage;

/// <summary>Numbered scripts <c>NNNN-name.sql</c>, embedded, each set in a folder of its own: script n takes a database from version n-1 to n.</summary>
internal static class SchemaScripts
{
    /// <summary>The accounts' scripts in order; the first is number 1 and none is missing.</summary>
    public static IReadOnlyList<string> Accounts { get; } = Load("Ferry.Server.Schema.");

    /// <summary>The index's, for SQLite.</summary>
    public static IReadOnlyList<string> SqliteIndex { get; } = Load("Ferry.Server.Index.Schema.Sqlite.");

    /// <summary>The index's, for PostgreSQL.</summary>
    public static IReadOnlyList<string> PostgresIndex { get; } = Load("Ferry.Server.Index.Schema.Postgres.");

    private static List<string> Load(string prefix)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var names = assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        for (var i = 0; i < names.Count; i++)
        {
            if (int.Parse(names[i].AsSpan(prefix.Length, 4), CultureInfo.InvariantCulture) != i + 1) throw new InvalidOperationException("a schema script is missing");
        }

        return names.ConvertAll(name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        });
    }
}
