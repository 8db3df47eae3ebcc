using System.Globalization;
using System.Text;

namespace Ferry.Daemon.Admin;

/// <summary>Names, labels and numbers in Prometheus' spelling.</summary>
internal static class MetricName
{
    private const int MaxLabel = 100;

    /// <summary><c>ferry.relay.bytes</c> in <c>By</c> is <c>ferry_relay_bytes_total</c> as a counter.</summary>
    public static string Of(string name, string? unit, string type)
    {
        var spelled = Word(name);
        var suffix = unit switch
        {
            "By" => "bytes",
            "s" => "seconds",
            _ => null, // {things} and what has none
        };
        if (suffix is not null && !spelled.EndsWith('_' + suffix, StringComparison.Ordinal)) spelled += '_' + suffix;
        return type == "counter" && !spelled.EndsWith("_total", StringComparison.Ordinal) ? spelled + "_total" : spelled;
    }

    /// <summary><c>{a="b",c="d"}</c>, sorted; nothing without tags. A value is cut at 100 characters.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty) return "";
        var labels = new List<string>(tags.Length);
        foreach (var (key, value) in tags)
        {
            var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            if (text.Length > MaxLabel) text = text[..MaxLabel];
            labels.Add($"{Word(key)}=\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"");
        }

        labels.Sort(StringComparer.Ordinal);
        return $"{{{string.Join(',', labels)}}}";
    }

    public static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Word(string name)
    {
        var word = new StringBuilder(name.Length);
        foreach (var c in name) word.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        return word.Length > 0 && char.IsAsciiDigit(word[0]) ? "_" + word : word.ToString();
    }
}
