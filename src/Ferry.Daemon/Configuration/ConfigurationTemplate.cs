using System.Buffers;
using System.Text;

namespace Ferry.Daemon.Configuration;

/// <summary>The commented file that <c>ferryd init</c> writes: every key of the built parts with its default or a sample, commented out.</summary>
internal static class ConfigurationTemplate
{
    private const int Width = 100;

    // What YAML would take for something else than text.
    private static readonly SearchValues<char> Special = SearchValues.Create("[]*,#{}");

    public static string Create()
    {
        var text = new StringBuilder();
        text.AppendLine("# ferryd's configuration. Every line is commented out, so this file changes nothing yet.");
        text.AppendLine("# Each key may come from the environment, too, and then goes before this file: relay.listen is FERRYD_RELAY__LISTEN.");
        text.AppendLine("# Lists are written as [a, b], or with commas between. Relative paths begin at this file's folder.");
        text.AppendLine("# Look at what it does with: ferryd check-config THIS-FILE");
        foreach (var (section, summary) in Keys.Sections)
        {
            var keys = Keys.All.Where(key => key.Section == section && key.Part.IsBuilt).ToList();
            if (keys.Count == 0) continue;
            text.AppendLine();
            Comment(text, "", summary);
            if (section.Length > 0) text.Append(section).AppendLine(":");
            foreach (var key in keys)
            {
                var indent = section.Length > 0 ? "  " : "";
                Comment(text, indent, $"{key.Summary} Default: {key.Default}.");
                text.Append(indent).Append('#').Append(key.Name).Append(": ").AppendLine(Quoted(key.Sample));
            }
        }

        return text.ToString();
    }

    private static string Quoted(string value) => value.AsSpan().ContainsAny(Special) ? $"\"{value}\"" : value;

    private static void Comment(StringBuilder text, string indent, string words)
    {
        var line = new StringBuilder();
        foreach (var word in words.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > Width)
            {
                text.Append(indent).Append("# ").AppendLine(line.ToString());
                line.Clear();
            }

            if (line.Length > 0) line.Append(' ');
            line.Append(word);
        }

        text.Append(indent).Append("# ").AppendLine(line.ToString());
    }
}
