using System.Globalization;
using Ferry.Cli.Connecting;
using Ferry.Cli.Events;
using Ferry.Cli.Reports;
using Ferry.Cli.Terminal;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Jingle.Files;
using Ferry.Sharing;

namespace Ferry.Cli.Commands.Listing;

/// <summary>Does what <c>ferry ls</c> was asked.</summary>
internal static class ListRun
{
    public static async Task<int> RunAsync(
        ListCommandOptions options,
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
            var listing = await client.ListAsync(options.Owner, options.Path, cancellationToken);
            Show(options, listing, terminal);
            return FailureReasons.Done;
        }
        catch (FerryException e)
        {
            report.Failed(e.ToFailure(Phase.Finding), options.Owner);
            return e.Reason.ExitCode();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return FailureReason.Cancelled.ExitCode();
        }
    }

    /// <summary>A time as a table shows it: to the minute, in the zone of whoever reads it.</summary>
    internal static string Date(DateTimeOffset? date) => date?.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "";

    private static void Show(ListCommandOptions options, SharedListing listing, ITerminal terminal)
    {
        var above = options.Path is { } path ? path + "/" : "";
        var folders = listing.Folders.Order(StringComparer.Ordinal).Select(name => above + name + "/");
        var files = listing.Files.OrderBy(file => file.Name, StringComparer.Ordinal);
        if (options.Connection.Json)
        {
            var events = new EventWriter(terminal.Out);
            foreach (var folder in folders) events.Write(new EntryEvent(options.Owner.ToString(), folder, Folder: true, null, null, null, null, !listing.FromIndex));
            foreach (var file in files) events.Write(Entry(options, above, file, listing));
            return;
        }

        if (listing.FromIndex && options.Connection.Verbosity is not Verbosity.Quiet) terminal.SayNote($"{options.Owner} is not there now; this is what the index knows");
        if (listing.Folders.Count + listing.Files.Count == 0) return;
        var table = new TextTable(["SIZE", "CHANGED", "PATH"], 0);
        foreach (var folder in folders) table.Add("", "", SafeText.Show(folder, MaxPath));
        foreach (var file in files) table.Add(file.Size is { } size ? Sizes.Bytes(size) : "", Date(file.Date), SafeText.Show(above + file.Name, MaxPath));
        table.WriteTo(terminal.Out, int.MaxValue / 2);
    }

    /// <summary>Characters of a path in a table: paths are pasted, so they are not cut before they are hopeless.</summary>
    internal const int MaxPath = 1000;

    private static EntryEvent Entry(ListCommandOptions options, string above, FileMetadata file, SharedListing listing)
    {
        var sha256 = file.Hashes.FirstOrDefault(hash => hash.Algorithm == FileHash.Sha256Name);
        var link = !listing.FromIndex && listing.Source.IsFull && sha256 is not null ? new FileSessionLink(listing.Source, sha256) : null;
        return new EntryEvent(options.Owner.ToString(), above + file.Name, Folder: false, file.Size, file.Date, file.MediaType, sha256?.Hex, !listing.FromIndex, link?.ToString());
    }
}
