using Ferry.Cli.Commands.Listing;
using Ferry.Cli.Connecting;
using Ferry.Cli.Events;
using Ferry.Cli.Reports;
using Ferry.Cli.Terminal;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Jingle.Files;
using Ferry.Protocol.ResultSets;

namespace Ferry.Cli.Commands.Search;

/// <summary>Does what <c>ferry search</c> was asked.</summary>
internal static class SearchRun
{
    private const int MostOfAPage = 200;

    public static async Task<int> RunAsync(
        SearchCommandOptions options,
        ITerminal terminal,
        ClientFactory connect,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        using var report = Report.For(options.Connection, Direction.Receiving, terminal, time);
        try
        {
            var library = options.Connection.ToFerryOptions() with { SendPresence = false };
            await using var client = await Login.ConnectAsync(options.Connection, library, terminal, connect, cancellationToken);
            var (hits, total) = await SearchAsync(options, client, cancellationToken);
            Show(options, hits, total, terminal);
            return FailureReasons.Done;
        }
        catch (FerryException e)
        {
            report.Failed(e.ToFailure(Phase.Finding));
            return e.Reason.ExitCode();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return FailureReason.Cancelled.ExitCode();
        }
    }

    private static async Task<(List<SearchHit> Hits, int? Total)> SearchAsync(SearchCommandOptions options, IFerryClient client, CancellationToken cancellationToken)
    {
        var hits = new List<SearchHit>();
        int? total = null;
        string? after = null;
        while (hits.Count < options.Count)
        {
            var page = new ResultSetQuery(Math.Min(options.Count - hits.Count, MostOfAPage), after);
            var answer = await client.SearchAsync(options.Words, options.Filter, page, options.Index, cancellationToken);
            hits.AddRange(answer.Hits.Take(options.Count - hits.Count));
            total ??= answer.Page?.Count;
            if (answer.Hits.Count == 0 || answer.Page?.Last is not { } last || last == after || hits.Count >= answer.Page.Count) break;
            after = last;
        }

        return (hits, total);
    }

    private static void Show(SearchCommandOptions options, List<SearchHit> hits, int? total, ITerminal terminal)
    {
        if (options.Connection.Json)
        {
            var events = new EventWriter(terminal.Out);
            foreach (var hit in hits) events.Write(ToEvent(hit));
            return;
        }

        var speaks = options.Connection.Verbosity is not Verbosity.Quiet;
        if (hits.Count == 0)
        {
            if (speaks) terminal.SayNote("nothing that is shared with you matches");
            return;
        }

        var table = new TextTable(["SIZE", "CHANGED", "ONLINE", "JID", "PATH"], 0);
        foreach (var hit in hits)
        {
            table.Add(
                Sizes.Bytes(hit.File.Size ?? 0), ListRun.Date(hit.File.Date), hit.IsOnline ? "yes" : "no", SafeText.Show(hit.Owner.ToString()), SafeText.Show(hit.Node.Path ?? "", ListRun.MaxPath));
        }

        table.WriteTo(terminal.Out, int.MaxValue / 2);
        if (speaks && total > hits.Count) terminal.SayNote($"there are {total}; --count shows more");
    }

    private static HitEvent ToEvent(SearchHit hit)
    {
        var sha256 = hit.File.Hashes.FirstOrDefault(hash => hash.Algorithm == FileHash.Sha256Name);
        var link = hit.IsOnline && hit.Owner.IsFull && sha256 is not null ? new FileSessionLink(hit.Owner, sha256) : null;
        return new HitEvent(hit.Owner.ToString(), hit.Node.Path ?? "", hit.File.Name, hit.File.Size, hit.File.Date, sha256?.Hex, hit.IsOnline, link?.ToString());
    }
}
