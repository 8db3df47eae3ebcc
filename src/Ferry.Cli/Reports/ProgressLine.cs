using System.Globalization;
using Ferry.Cli.Terminal;

namespace Ferry.Cli.Reports;

/// <summary>One transfer's progress as a line of text.</summary>
internal static class ProgressLine
{
    private const int NameWidth = 28;

    /// <summary>With a bar, for a terminal: <c>film.mkv ━━━━━─────  42%  1.3 GB of 3.0 GB  104 MB/s  0:16 left  s5b-direct</c>.</summary>
    public static string Bar(string name, TransferProgress progress, int width, bool colours)
    {
        var label = SafeText.Show(name, NameWidth);
        var facts = Facts(progress);
        var room = width - NameWidth - facts.Length - 4;
        var bar = progress.Total is { } total && room >= 8 ? Draw(total == 0 ? 1 : Math.Clamp((double)progress.Bytes / total, 0, 1), Math.Min(room, 40), colours) + "  " : "";
        return $"{label.PadRight(Math.Min(NameWidth, Math.Max(8, width / 3)))} {bar}{facts}";
    }

    /// <summary>Without one, for a log.</summary>
    public static string Plain(string name, TransferProgress progress) => $"{SafeText.Show(name)}: {Facts(progress)}";

    private static string Facts(TransferProgress progress)
    {
        var facts = new List<string>();
        if (progress.Total is { } total)
        {
            facts.Add(string.Create(CultureInfo.InvariantCulture, $"{(total == 0 ? 100 : Math.Min(100, progress.Bytes * 100.0 / total)),3:0}%"));
            facts.Add($"{Sizes.Bytes(progress.Bytes)} of {Sizes.Bytes(total)}");
        }
        else
        {
            facts.Add(Sizes.Bytes(progress.Bytes));
        }

        if (progress.Stalled is { } stalled) facts.Add(string.Create(CultureInfo.InvariantCulture, $"stalled {stalled.TotalSeconds:0}s"));
        else if (progress.Rate > 0) facts.Add(Sizes.Rate(progress.Rate));
        if (progress is { Stalled: null, Rate: > 0, Total: { } all } && all > progress.Bytes)
            facts.Add(Sizes.Duration(TimeSpan.FromSeconds(Math.Min(1e8, (all - progress.Bytes) / progress.Rate))) + " left");
        facts.Add(progress.Method);
        return string.Join("  ", facts);
    }

    private static string Draw(double part, int width, bool colours)
    {
        var full = (int)(part * width);
        var (done, open) = (new string('━', full), new string('─', width - full));
        return colours ? $"\u001b[32m{done}\u001b[0m{open}" : done + open;
    }
}
