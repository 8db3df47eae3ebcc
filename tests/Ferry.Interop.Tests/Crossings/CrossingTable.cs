using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Ferry.Interop.Tests.Crossings;

/// <summary>
/// What became of this run's crossings, written as Markdown at the end: into the file that <c>FERRY_INTEROP_TABLE</c> names, or with <c>FERRY_TEST_LONG</c> alone
/// into <c>docs/interop.md</c> of the checkout that the tests were built in.
/// </summary>
public sealed class CrossingTable : IAsyncLifetime
{
    private readonly ConcurrentDictionary<Crossing, bool> _results = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public void Add(Crossing crossing, bool asItShould) => _results[crossing] = asItShould;

    public async ValueTask DisposeAsync()
    {
        if (_results.IsEmpty || Target() is not { } file) return;
        await File.WriteAllTextAsync(file, Text(TimeProvider.System.GetUtcNow()));
    }

    private static string? Target()
    {
        if (Environment.GetEnvironmentVariable("FERRY_INTEROP_TABLE") is { Length: > 0 } named) return named;
        if (!Crossing.IsLong) return null;
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Ferry.slnx"))) folder = folder.Parent;
        return folder is null ? null : Path.Combine(folder.FullName, "docs", "interop.md");
    }

    private string Text(DateTimeOffset now)
    {
        var endings = Enum.GetValues<Ending>();
        var text = new StringBuilder()
            .AppendLine("# Ferry with other programs")
            .AppendLine()
            .AppendLine("Written by `Ferry.Interop.Tests` (`FERRY_TEST_LONG=1`); change the tests, not this file. Prosody 0.12.3, ejabberd 23.01, slixmpp 1.8.3 and")
            .AppendLine("libpurple 2.14.12 are Debian 12's. Wherever a file arrives, both ends' SHA-256 are compared.")
            .AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"Run of {now:yyyy-MM-dd}: {_results.Count(result => result.Value)} of {_results.Count} as they should be.")
            .AppendLine()
            .AppendLine("✓ as it should be · ✗ not · – no such thing (a bare stream has no name, nothing to decline, and its end is its end; libpurple sends no empty")
            .AppendLine("file) · blank: not in this run. An empty file by SOCKS5 arrives at libpurple, which tells its user that it was cancelled.")
            .AppendLine("A small file that libpurple sends by Prosody's proxy is often lost in the proxy (libpurple closes before it is activated): Ferry then says `no-method`.")
            .AppendLine()
            .AppendLine("| server | from | to | offer | method | 0 B | 1 B | 3 MB | difficult name | declined | cancelled by sender | cancelled by receiver |")
            .AppendLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var way in Crossing.All.Select(crossing => crossing with { Ending = default }).Distinct())
        {
            var (from, to) = way.FerrySends ? ("Ferry", way.Peer) : (way.Peer, "Ferry");
            var cells = endings.Select(ending => Cell(way with { Ending = ending }));
            text.AppendLine(CultureInfo.InvariantCulture, $"| {way.Server} | {from} | {to} | {way.Offer} | {way.Via} | {string.Join(" | ", cells)} |");
        }

        return text.ToString();
    }

    private string Cell(Crossing crossing) =>
        crossing.Impossible is not null ? "–" : _results.TryGetValue(crossing, out var good) ? good ? "✓" : "✗" : " ";
}
