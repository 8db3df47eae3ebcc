using Ferry.Cli.Commands.Send;
using Ferry.Cli.Connecting;
using Ferry.Cli.Reports;
using Ferry.Cli.Terminal;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Commands.Get;

/// <summary>Does what <c>ferry get</c> was asked.</summary>
internal sealed class GetRun(GetCommandOptions options, ITerminal terminal, ClientFactory connect, TimeProvider time)
{
    /// <summary>How long the server is looked for after a break when no <c>--timeout</c> says.</summary>
    private static readonly TimeSpan UsualReconnect = TimeSpan.FromSeconds(120);

    /// <summary>Before one file is asked for again that broke off: so many times, after so long.</summary>
    private static readonly TimeSpan[] AgainAfter = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(30)];

    private readonly List<FailureReason?> _ends = [];

    // A full address as soon as one was chosen, so that one question is enough for all files.
    private Jid _from = options.From;

    public static async Task<int> RunAsync(GetCommandOptions options, ITerminal terminal, ClientFactory connect, TimeProvider time, CancellationToken cancellationToken)
    {
        using var report = Report.For(options.Connection, Direction.Receiving, terminal, time);
        if (!Directory.Exists(options.Directory))
        {
            report.Failed(new Failure(FailureReason.Io, Phase.Connecting, Side.Here, $"there is no directory {options.Directory}", $"make it first: mkdir -p {options.Directory}"));
            return FailureReason.Io.ExitCode();
        }

        return await new GetRun(options, terminal, connect, time).RunAsync(report, cancellationToken);
    }

    private async Task<int> RunAsync(ITransferReport report, CancellationToken cancellationToken)
    {
        try
        {
            await using var client = await Login.ConnectAsync(options.Connection, LibraryOptions(report), terminal, connect, cancellationToken);
            report.Ready(client.Jid);
            foreach (var wish in options.Wishes)
            {
                if (!await GetAnyAsync(client, wish, report, cancellationToken)) break;
            }

            return ExitCodes.Of(_ends);
        }
        catch (FerryException e)
        {
            report.Failed(e.ToFailure(), options.From);
            return e.Reason.ExitCode();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            report.Failed(new Failure(FailureReason.Cancelled, Phase.Connecting, Side.Here, "interrupted"), options.From);
            return FailureReason.Cancelled.ExitCode();
        }
    }

    private FerryOptions LibraryOptions(ITransferReport report) => options.Connection.ToFerryOptions() with
    {
        SendPresence = false,
        Methods = options.Methods,
        StateDirectory = options.Journals,
        ReconnectTimeout = options.Connection.Timeout ?? UsualReconnect,
        ConnectionChanges = new Relay<ConnectionChange>(report.Changed),
    };

    private Task<bool> GetAnyAsync(IFerryClient client, Wish wish, ITransferReport report, CancellationToken cancellationToken) =>
        wish.IsFolder ? GetFolderAsync(client, wish.Text[..^1], report, cancellationToken) : GetAsync(client, wish, options.Directory, report, cancellationToken);

    private async Task<bool> GetFolderAsync(IFerryClient client, string folder, ITransferReport report, CancellationToken cancellationToken)
    {
        List<(string Path, string Directory)> files;
        try
        {
            var listing = await client.ListAsync(_from, folder, cancellationToken);
            if (listing.FromIndex) throw new FerryException(FailureReason.Absent, Side.Peer, $"{_from} is not there now");
            _from = listing.Source;
            files = await FolderWalk.FilesAsync(client, _from, folder, listing, options.Directory, cancellationToken);
        }
        catch (FerryException e)
        {
            report.Failed(e.ToFailure(Phase.Finding), _from, folder + "/");
            _ends.Add(e.Reason);
            return !client.Completion.IsCompleted;
        }

        foreach (var (path, directory) in files)
        {
            if (Prepare(directory) is { } problem)
            {
                report.Failed(problem, _from, path);
                _ends.Add(problem.Reason);
            }
            else if (!await GetAsync(client, new Wish(path), directory, report, cancellationToken)) return false;
        }

        return true;
    }

    private static Failure? Prepare(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Failure(e is IOException ? FailureReason.Io : FailureReason.Permission, Phase.Finding, Side.Here, $"{directory} cannot be made: {e.Message}");
        }
    }

    // False when the following files need not be tried.
    private async Task<bool> GetAsync(IFerryClient client, Wish wish, string directory, ITransferReport report, CancellationToken cancellationToken)
    {
        var transfer = Guid.NewGuid().ToString("N")[..12];
        report.Offered(transfer, _from, wish.Text, null, options.Offers is [var first, ..] ? first : wish.Hash is null ? OfferNames.Askable[0] : OfferNames.Jingle);
        var (again, brokeOff) = (0, false);
        while (true)
        {
            var outcome = await AskAsync(client, wish, directory, transfer, report, cancellationToken);
            if (outcome.Failure is { Reason: FailureReason.AmbiguousPeer, Resources.Count: > 0 } ambiguous && terminal.CanAsk
                && await ResourceQuestion.AskAsync(terminal, report, ambiguous.Resources, cancellationToken) is { } chosen)
            {
                _from = chosen;
                continue;
            }

            brokeOff |= BrokeOff(outcome);
            if (brokeOff && again < AgainAfter.Length && IsWorthAnother(client, outcome))
            {
                await Task.Delay(AgainAfter[again++], time, cancellationToken);
                continue;
            }

            report.Ended(outcome);
            _ends.Add(outcome.Failure?.Reason);
            if (outcome.Failure?.Reason is FailureReason.StreamLost) return !client.Completion.IsCompleted;
            return outcome.Failure?.Reason is not (FailureReason.Cancelled or FailureReason.AmbiguousPeer);
        }
    }

    private static bool BrokeOff(Outcome outcome) => outcome is { Bytes: > 0, Failure.Resumable: true };

    // Whoever had a part of it may be back in a moment.
    private static bool IsWorthAnother(IFerryClient client, Outcome outcome) => !client.Completion.IsCompleted
        && outcome.Failure?.Reason is FailureReason.StreamLost or FailureReason.Stalled or FailureReason.CancelledByPeer or FailureReason.Absent or FailureReason.Timeout;

    private Task<Outcome> AskAsync(IFerryClient client, Wish wish, string directory, string transfer, ITransferReport report, CancellationToken cancellationToken)
    {
        var get = new GetOptions
        {
            Existing = options.Existing,
            MaxBytes = options.MaxBytes,
            Offers = options.Offers,
            Methods = options.Methods,
            Transfer = transfer,
            Progress = new Relay<TransferProgress>(report.Progressed),
            Attempts = new Relay<Attempt>(report.Attempted),
        };
        var getting = wish.Hash is { } hash ? client.GetAsync(_from, hash, directory, get, cancellationToken) : client.GetAsync(_from, wish.Text, directory, get, cancellationToken);
        return getting.WithinGraceAsync(time, cancellationToken);
    }
}
