using System.Globalization;
using Ferry.Cli.Connecting;
using Ferry.Cli.Events;
using Ferry.Cli.Reports;
using Ferry.Cli.Terminal;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Commands.Demo;

/// <summary>What is seen of the demonstration: one bar, a line for each file, and the table at the end; or events.</summary>
internal sealed class DemoReport(DemoCommandOptions options, ITerminal terminal) : IDisposable
{
    private readonly EventWriter? _events = options.Json ? new EventWriter(terminal.Out) : null;
    private readonly LiveRegion? _region = !options.Json && options.Verbosity is Verbosity.Normal ? terminal.Live : null;

    public void Ready(Jid jid) => _events?.Write(new ReadyEvent(jid.ToString()));

    /// <param name="offer">Null: the library chooses, and begins with the first there is.</param>
    public void Offered(string transfer, Jid peer, DemoFile file, string? offer) =>
        _events?.Write(new OfferedEvent(transfer, peer.ToString(), file.Name, file.Bytes, offer ?? TransferSettings.Offers[0]));

    public void Attempted(Attempt attempt)
    {
        _events?.Write(attempt.ToEvent());
        if (_events is null && options.Verbosity is Verbosity.Verbose)
            terminal.SayNote($"{attempt.Method}: {attempt.Result.Name()}{(attempt.Reason is { } reason ? ": " + reason : "")}");
    }

    public void Progressed(DemoFile file, TransferProgress progress)
    {
        _events?.Write(progress.ToEvent());
        _region?.Show([ProgressLine.Bar(file.Name, progress, terminal.Width, terminal.Colours)]);
    }

    public void Ended(DemoResult result)
    {
        _events?.Write(result.Sent.ToEvent());
        _region?.Show([]);
        if (result.Sent.Failure is { } failure) terminal.SayError($"{SafeText.Show(result.Sent.Name)}: {result.Way}: {failure.Message}", failure.Hint);
        else Note($"{SafeText.Show(result.Sent.Name)}: {result.Way}: {Sizes.Bytes(result.Sent.Bytes)} in {Sizes.Duration(result.Sent.Duration)}");
    }

    public void Note(string text)
    {
        if (_events is null && options.Verbosity is not Verbosity.Quiet) terminal.SayNote(text);
    }

    public void Table(IReadOnlyList<DemoResult> results)
    {
        if (_events is not null) return;
        var table = new TextTable(["FILE", "OFFER", "WAY", "METHOD", "BYTES", "SECONDS", "MB/S", "SHA-256"], 4, 5, 6);
        foreach (var result in results)
        {
            var sent = result.Sent;
            var seconds = sent.Duration.TotalSeconds;
            table.Add(
                SafeText.Show(sent.Name, Math.Clamp(terminal.Width - 85, 12, 40)),
                sent.Offer ?? "none",
                result.Way,
                sent.Method ?? "none",
                sent.Bytes.ToString("N0", CultureInfo.InvariantCulture),
                seconds.ToString("0.00", CultureInfo.InvariantCulture),
                sent.Bytes >= 1_000_000 && seconds > 0 ? (sent.Bytes / 1e6 / seconds).ToString("0.0", CultureInfo.InvariantCulture) : "",
                result.Problem is { } problem ? problem.Name() : "same");
        }

        table.WriteTo(terminal.Out, Math.Max(terminal.Width, 100));
    }

    public void Dispose() => _region?.Show([]);
}
