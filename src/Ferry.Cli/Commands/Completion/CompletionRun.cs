using System.CommandLine;
using Ferry.Cli.Grammar;
using Ferry.Cli.Terminal;

namespace Ferry.Cli.Commands.Completion;

/// <summary>Does what <c>ferry completion</c> was asked.</summary>
internal static class CompletionRun
{
    public static int Run(CompletionCommandOptions options, ITerminal terminal, Func<Command> grammar)
    {
        if (options is CompletionCommandOptions.Words words)
        {
            foreach (var word in Candidates(words.Line, grammar())) terminal.Out.WriteLine(word);
        }
        else if (options is CompletionCommandOptions.Script script)
        {
            terminal.Out.WriteLine(CompletionScripts.For(script.Shell));
        }

        return FailureReasons.Done;
    }

    private static IEnumerable<string> Candidates(string line, Command grammar)
    {
        // The first word is the command, however it was called.
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0) return [];
        var rest = line[(space + 1)..];
        var last = rest[(rest.LastIndexOf(' ') + 1)..];
        return grammar.Parse(rest, FerryGrammar.Parsing).GetCompletions(rest.Length)
            .Select(item => item.InsertText ?? item.Label)
            // Options are offered to who begins one; before that a file's name or a verb is likelier.
            .Where(word => word.StartsWith('-') == last.StartsWith('-') && word.StartsWith(last, StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
    }
}
