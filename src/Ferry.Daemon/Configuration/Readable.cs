namespace Ferry.Daemon.Configuration;

/// <summary>Somebody's text within a message: short, and nothing in it that steers a terminal.</summary>
internal static class Readable
{
    private const int Longest = 80;

    /// <summary>A value or a name.</summary>
    public static string Text(string text) => Text(text, Longest);

    /// <summary>A sentence with a path in it.</summary>
    public static string Sentence(string text) => Text(text, 50 * Longest);

    private static string Text(string text, int longest)
    {
        var line = new string([.. text.Take(longest).Select(c => char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? '?' : c)]);
        return text.Length > longest ? line + "…" : line;
    }
}
