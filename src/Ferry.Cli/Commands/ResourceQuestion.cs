using System.Globalization;
using Ferry.Cli.Reports;
using Ferry.Cli.Terminal;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Commands;

/// <summary>Asks which of a peer's programs is meant.</summary>
internal static class ResourceQuestion
{
    /// <summary>The choice, or null when the person makes none.</summary>
    public static async Task<Jid?> AskAsync(ITerminal terminal, ITransferReport report, IReadOnlyList<Jid> resources, CancellationToken cancellationToken)
    {
        using var pause = report.Pause();
        terminal.SayNote($"{resources[0].Bare} has {resources.Count} programs that can take the file:");
        for (var i = 0; i < resources.Count; i++) terminal.Error.WriteLine($"  {i + 1}) {SafeText.Show(resources[i].ToString())}");
        while (await terminal.AskAsync($"which one (1 to {resources.Count}, nothing for none)? ", cancellationToken) is { } answer && answer.Trim().Length > 0)
        {
            if (int.TryParse(answer.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= resources.Count)
                return resources[number - 1];
        }

        return null;
    }
}
