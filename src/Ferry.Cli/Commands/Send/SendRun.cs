using Ferry.Cli.Connecting;
using Ferry.Cli.Reports;
using Ferry.Cli.Terminal;

namespace Ferry.Cli.Commands.Send;

/// <summary>Does what <c>ferry send</c> was asked.</summary>
internal sealed class SendRun(SendCommandOptions options, ITerminal terminal, TimeProvider time, ITransferReport report)
{
    /// <summary>How often one file is offered again because the connection was lost before its first byte.</summary>
    private const int MostOffersAgain = 3;

    private readonly FilesRun _files = new(options.Connection, options.To, report, terminal);

    public static async Task<int> RunAsync(
        SendCommandOptions options,
        ITerminal terminal,
        ClientFactory connect,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        using var report = Report.For(options.Connection, Direction.Sending, terminal, time);
        return await new SendRun(options, terminal, time, report).RunAsync(connect, cancellationToken);
    }

    private async Task<int> RunAsync(ClientFactory connect, CancellationToken cancellationToken)
    {
        var readable = options.Files.Where(IsReadable).ToList();
        if (readable.Count == 0) return _files.ExitCode;
        return await _files.RunAsync(connect, usual => usual with { Offers = options.Offers, Methods = options.Methods }, SendAllAsync, cancellationToken);

        async Task SendAllAsync(IFerryClient client)
        {
            foreach (var path in readable)
            {
                if (!await SendAsync(client, path, cancellationToken)) break;
            }
        }
    }

    private bool IsReadable(string path)
    {
        if (SourceFile.Problem(path) is not { } failure) return true;
        _files.Failed(failure, path);
        return false;
    }

    // False when the following files need not be tried.
    private async Task<bool> SendAsync(IFerryClient client, string path, CancellationToken cancellationToken)
    {
        var transfer = Guid.NewGuid().ToString("N")[..12];
        for (var again = 0; ;)
        {
            var outcome = await OfferAsync(client, path, transfer, cancellationToken);
            if (again < MostOffersAgain && MayOfferAgain(client, path, outcome))
            {
                again++;
                continue;
            }

            if (await _files.ChooseAsync(outcome, cancellationToken)) continue;
            if (outcome.Succeeded) _files.Peer = outcome.Peer;
            return _files.Ended(client, outcome);
        }
    }

    // Before the first byte nothing can have arrived, so nothing can arrive twice. What was read from standard input cannot be read again.
    private static bool MayOfferAgain(IFerryClient client, string path, Outcome outcome) =>
        outcome.Failure is { Reason: FailureReason.StreamLost, Phase: Phase.Finding or Phase.Offering or Phase.Negotiating }
        && !client.Completion.IsCompleted && !SourceFile.IsStandardInput(path);

    private async Task<Outcome> OfferAsync(IFerryClient client, string path, string transfer, CancellationToken cancellationToken)
    {
        var name = options.Name ?? Path.GetFileName(path);
        var bytes = SourceFile.Length(path);
        var offer = options.Offers is [var first, ..] ? first : TransferSettings.Offers[0];
        var send = new SendOptions
        {
            Name = name,
            Description = options.Description,
            Offers = options.Offers,
            Methods = options.Methods,
            Transfer = transfer,
            Progress = new Relay<TransferProgress>(report.Progressed),
            Attempts = new Relay<Attempt>(attempt =>
            {
                if (Interlocked.Exchange(ref offer, attempt.Offer) != attempt.Offer) report.Offered(transfer, _files.Peer, name, bytes, attempt.Offer);
                report.Attempted(attempt);
            }),
        };
        report.Offered(transfer, _files.Peer, name, bytes, offer);
        if (!SourceFile.IsStandardInput(path)) return await client.SendAsync(path, _files.Peer, send, cancellationToken).WithinGraceAsync(time, cancellationToken);
        await using var input = terminal.OpenInput();
        return await client.SendAsync(input, _files.Peer, send, cancellationToken).WithinGraceAsync(time, cancellationToken);
    }
}
