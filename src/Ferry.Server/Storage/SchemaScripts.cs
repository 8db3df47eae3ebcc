using System.Globalization;
using System.Reflection;

namespace Ferry.Server.Storage;

/// <summary>The numbered scripts <c>Schema/NNNN-name.sql</c>, embedded: script n takes a database from version n-1 to n.</summary>
internal static class SchemaScripts
{
    private const string Prefix = "Ferry.Server.Schema.";

    /// <summary>The scripts in order; the first is number 1 and none is missing.</summary>
    public static IReadOnlyList<string> All { get; } = Load();

    private static List<string> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var names = assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        for (var i = 0; i < names.Count; i++)
        {
            if (int.Parse(names[i].AsSpan(Prefix.Length, 4), CultureInfo.InvariantCulture) != i + 1) throw new InvalidOperationException("a schema script is missing");
        }

        return names.ConvertAll(name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        });
    }
}
