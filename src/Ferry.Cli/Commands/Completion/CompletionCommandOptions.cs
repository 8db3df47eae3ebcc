namespace Ferry.Cli.Commands.Completion;

/// <summary>What <c>ferry completion</c> was asked to do.</summary>
internal abstract record CompletionCommandOptions
{
    /// <summary>Print the script for a shell.</summary>
    internal sealed record Script(string Shell) : CompletionCommandOptions;

    /// <summary>Print what could stand at the end of a line: what the scripts ask.</summary>
    internal sealed record Words(string Line) : CompletionCommandOptions;
}
