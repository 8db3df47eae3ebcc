using System.CommandLine;
using Ferry.Cli.Configuration;
using Ferry.Cli.Grammar;

namespace Ferry.Cli.Commands.Completion;

/// <summary>The grammar of <c>ferry completion SHELL</c>.</summary>
internal static class CompletionCommand
{
    public static Verb Create(VerbHost host, Func<CompletionCommandOptions, CancellationToken, Task<int>> run)
    {
        var shell = new Argument<string>("SHELL") { Description = string.Join(", ", CompletionScripts.Shells) };
        shell.CompletionSources.Add([.. CompletionScripts.Shells]);
        var verb = new Verb(
            "completion",
            "Print a shell's completion script",
            new Example("source <(ferry completion bash)", "in ~/.bashrc; the same with zsh in ~/.zshrc"),
            new Example("ferry completion fish > ~/.config/fish/completions/ferry.fish", "for fish"),
            new Example("ferry completion pwsh | Out-String | Invoke-Expression", "in PowerShell's $PROFILE"));
        verb.Arguments.Add(shell);
        verb.Subcommands.Add(Words(host, run));
        return verb.Runs(host, reader => Bind(reader, shell), (options, cancellationToken) => run(options, cancellationToken));
    }

    private static CompletionCommandOptions.Script? Bind(SettingReader reader, Argument shell) =>
        reader.Word(reader.Words(shell)[0], "SHELL", SettingTexts.OneOf("a shell that there is a script for", CompletionScripts.Shells)) is { } known
            ? new CompletionCommandOptions.Script(known)
            : null;

    private static Verb Words(VerbHost host, Func<CompletionCommandOptions, CancellationToken, Task<int>> run)
    {
        var line = new Argument<string>("LINE");
        var verb = new Verb("words", "What could stand at the end of LINE", new Example("ferry completion words 'ferry se'", "what the scripts ask")) { Hidden = true };
        verb.Arguments.Add(line);
        return verb.Runs(
            host,
            reader => new CompletionCommandOptions.Words(reader.Words(line) is [var text, ..] ? text : ""),
            (options, cancellationToken) => run(options, cancellationToken));
    }
}
