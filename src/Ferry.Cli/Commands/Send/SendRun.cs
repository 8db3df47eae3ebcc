using Ferry.Cli.Connecting;
using Ferry.Cli.Reports;
using Ferry.Cli.Terminal;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Commands.Send;

/// <summary>Does what <c>ferry send</c> was asked.</summary>
internal sealed class SendRun(SendCommandOptions options, ITerminal terminal, ClientFactory connect, TimeProvider time)
{
    /// <summary>How long the server is looked for after a break when no <c>--timeout</c> says: as long as an in-band transfer waits for it.</summary>
    private static readonly TimeSpan UsualReconnect = TimeSpan.FromSeconds(120);

    /// <summary>How often one file is offered again because the connection was lost before its first byte.</summary>
    private const int MostOffersAgain = 3;

    private readonly List<FailureReason?> _ends = [];

    // The address that files go to: a full one as soon as it was found or chosen, so that one question is enough for all files.
    private Jid _to = options.To;

    public static async Task<int> RunAsync(
        SendCommandOptions options,
        ITerminal terminal,
        ClientFactory connect,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        using var report = Report.For(options.Connection, Direction.Sending, terminal, time);
        return await new SendRun(options, terminal, connect, time).RunAsync(report, cancellationToken);
    }

    private async Task<int> RunAsync(ITransferReport report, CancellationToken cancellationToken)
    {
        var readable = options.Files.Where(path => IsReadable(path, report)).ToList();
        if (readable.Count == 0) return ExitCodes.Of(_ends);
        try
        {
            await using var client = await Login.ConnectAsync(options.Connection, LibraryOptions(report), terminal, connect, cancellationToken);
            report.Ready(client.Jid);
            foreach (var path in readable)
            {
                if (!await SendAsync(client, path, report, cancellationToken)) break;
            }

            return ExitCodes.Of(_ends);
        }
        catch (FerryException e)
        {
            report.Failed(e.ToFailure(), options.To);
            return e.Reason.ExitCode();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            report.Failed(Cancelled(), options.To);
            return FailureReason.Cancelled.ExitCode();
        }
    }

    private FerryOptions LibraryOptions(ITransferReport report) => options.Connection.ToFerryOptions() with
    {
        SendPresence = false,
        Offers = options.Offers,
        Methods = options.Methods,
        ReconnectTimeout = options.Connection.Timeout ?? UsualReconnect,
        ConnectionChanges = new Relay<ConnectionChange>(report.Changed),
    };

    private bool IsReadable(string path, ITransferReport report)
    {
        if (SourceFile.Problem(path) is not { } failure) return true;
        report.Failed(failure, options.To, path);
        _ends.Add(failure.Reason);
        return false;
    }

    // False when the following files need not be tried.
    private async Task<bool> SendAsync(IFerryClient client, string path, ITransferReport report, CancellationToken cancellationToken)
    {
        var transfer = Guid.NewGuid().ToString("N")[..12];
        for (var again = 0; ;)
        {
            var outcome = await OfferAsync(client, path, transfer, report, cancellationToken);
            if (again < MostOffersAgain && MayOfferAgain(client, path, outcome))
            {
                again++;
                continue;
            }

            if (outcome.Failure is { Reason: FailureReason.AmbiguousPeer, Resources.Count: > 0 } ambiguous && terminal.CanAsk
                && await ResourceQuestion.AskAsync(terminal, report, ambiguous.Resources, cancellationToken) is { } chosen)
            {
                _to = chosen;
                continue;
            }

            if (outcome.Succeeded) _to = outcome.Peer;
            report.Ended(outcome);
            _ends.Add(outcome.Failure?.Reason);
            if (outcome.Failure?.Reason is FailureReason.StreamLost) return !client.Completion.IsCompleted;
            return outcome.Failure?.Reason is not (FailureReason.Cancelled or FailureReason.AmbiguousPeer);
        }
    }

    // Before the first byte nothing can have arrived, so nothing can arrive twice. What was read from standard input cannot be read again.
    private static bool MayOfferAgain(IFerryClient client, string path, Outcome outcome) =>
        outcome.Failure is { Reason: FailureReason.StreamLost, Phase: Phase.Finding or Phase.Offering or Phase.Negotiating }
        && !client.Completion.IsCompleted && !SourceFile.IsStandardInput(path);

    private async Task<Outcome> OfferAsync(IFerryClient client, string path, string transfer, ITransferReport report, CancellationToken cancellationToken)
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
                if (Interlocked.Exchange(ref offer, attempt.Offer) != attempt.Offer) report.Offered(transfer, _to, name, bytes, attempt.Offer);
                report.Attempted(attempt);
            }),
        };
        report.Offered(transfer, _to, name, bytes, offer);
        if (!SourceFile.IsStandardInput(path)) return await client.SendAsync(path, _to, send, cancellationToken).WithinGraceAsync(time, cancellationToken);
        await using var input = terminal.OpenInput();
        return await client.SendAsync(input, _to, send, cancellationToken).WithinGraceAsync(time, cancellationToken);
    }

    private static Failure Cancelled() => new(FailureReason.Cancelled, Phase.Connecting, Side.Here, "interrupted");
}
