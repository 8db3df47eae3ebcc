using System.Buffers;

namespace Ferry.Cli.Commands.Up;

/// <summary>Words that a shell takes as they are.</summary>
internal static class ShellWords
{
    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@%+=:,./-_");

    public static string Quote(string word) =>
        word.Length > 0 && word.AsSpan().IndexOfAnyExcept(Plain) < 0 ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
