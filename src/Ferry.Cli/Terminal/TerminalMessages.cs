namespace Ferry.Cli.Terminal;

/// <summary>The form of everything that is said on standard error: prefixed, lower case, no final period.</summary>
internal static class TerminalMessages
{
    /// <summary>Says what went wrong and, where there is something to do, what.</summary>
    public static void SayError(this ITerminal terminal, string message, string? hint = null)
    {
        terminal.Write(() =>
        {
            terminal.Error.WriteLine($"ferry: error: {Style(message)}");
            if (hint is not null) terminal.Error.WriteLine($"ferry: hint: {Style(hint)}");
        });
    }

    /// <summary>Says something that may matter later.</summary>
    public static void SayWarning(this ITerminal terminal, string message) => terminal.Write(() => terminal.Error.WriteLine($"ferry: warning: {Style(message)}"));

    /// <summary>Says what is going on.</summary>
    public static void SayNote(this ITerminal terminal, string message) => terminal.Write(() => terminal.Error.WriteLine($"ferry: {Style(message)}"));

    /// <summary>A result, on standard output.</summary>
    public static void SayResult(this ITerminal terminal, string line) => terminal.Write(() => terminal.Out.WriteLine(line));


    // What stays goes above what is drawn again.
    private static void Write(this ITerminal terminal, Action write)
    {
        if (terminal.Live is { } region) region.WriteAbove(write);
        else write();
    }

    /// <summary>Lower-case first letter unless a name or an abbreviation begins there, no final period, nothing that steers a terminal.</summary>
    internal static string Style(string message)
    {
        var text = SafeText.Show(message.Trim(), 2000);
        if (text.EndsWith('.') && !text.EndsWith("..", StringComparison.Ordinal)) text = text[..^1];
        return text.Length > 1 && char.IsUpper(text[0]) && (char.IsLower(text[1]) || text[1] == ' ') ? char.ToLowerInvariant(text[0]) + text[1..] : text;
    }
}
