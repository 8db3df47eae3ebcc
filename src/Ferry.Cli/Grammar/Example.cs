namespace Ferry.Cli.Grammar;

/// <summary>A line of help that can be pasted.</summary>
internal sealed record Example(string CommandLine, string Does);
