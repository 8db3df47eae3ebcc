using Ferry.Cli.Connecting;
using Ferry.Cli.Reports;
using Ferry.Cli.Terminal;

namespace Ferry.Cli.Commands.Get;

/// <summary>Does what <c>ferry get</c> was asked.</summary>
internal sealed class GetRun(GetCommandOptions options, ITerminal terminal, TimeProvider time, ITransferReport report)
{
    /// <summary>Before one file is asked for again that broke off: so many times, after so long.</summary>
    private static readonly TimeSpan[] AgainAfter = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(30)];

    private readonly FilesRun _files = new(options.Connection, options.From, report, terminal);

    public static async Task<int> RunAsync(GetCommandOptions options, ITerminal terminal, ClientFactory connect, TimeProvider time, CancellationToken cancellationToken)
    {
        using var report = Report.For(options.Connection, Direction.Receiving, terminal, time);
        if (!Directory.Exists(options.Directory))
        {
            report.Failed(new Failure(FailureReason.Io, Phase.Connecting, Side.Here, $"there is no directory {options.Directory}", $"make it first: mkdir -p {options.Directory}"));
            return FailureReason.Io.ExitCode();
        }

        return await new GetRun(options, terminal, time, report).RunAsync(connect, cancellationToken);
    }

    private Task<int> RunAsync(ClientFactory connect, CancellationToken cancellationToken)
    {
        return _files.RunAsync(connect, usual => usual with { Methods = options.Methods, StateDirectory = options.Journals }, GetAllAsync, cancellationToken);

        async Task GetAllAsync(IFerryClient client)
        {
            foreach (var wish in options.Wishes)
            {
                if (!await GetAnyAsync(client, wish, cancellationToken)) break;
            }
        }
    }

    private Task<bool> GetAnyAsync(IFerryClient client, Wish wish, CancellationToken cancellationToken) =>
        wish.IsFolder ? GetFolderAsync(client, wish.Text[..^1], cancellationToken) : GetAsync(client, wish, options.Directory, cancellationToken);

    private async Task<bool> GetFolderAsync(IFerryClient client, string folder, CancellationToken cancellationToken)
    {
        List<(string Path, string Directory)> files;
        try
        {
            var listing = await client.ListAsync(_files.Peer, folder, cancellationToken);
            if (listing.FromIndex) throw new FerryException(FailureReason.Absent, Side.Peer, $"{_files.Peer} is not there now");
            _files.Peer = listing.Source;
            files = await FolderWalk.FilesAsync(client, _files.Peer, folder, listing, options.Directory, cancellationToken);
        }
        catch (FerryException e)
        {
            _files.Failed(e.ToFailure(Phase.Finding), folder + "/");
            return !client.Completion.IsCompleted;
        }

        foreach (var (path, directory) in files)
        {
            if (Prepare(directory) is { } problem) _files.Failed(problem, path);
            else if (!await GetAsync(client, new Wish(path), directory, cancellationToken)) return false;
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
    private async Task<bool> GetAsync(IFerryClient client, Wish wish, string directory, CancellationToken cancellationToken)
    {
        var transfer = Guid.NewGuid().ToString("N")[..12];
        report.Offered(transfer, _files.Peer, wish.Text, null, options.Offers is [var first, ..] ? first : wish.Hash is null ? OfferNames.Askable[0] : OfferNames.Jingle);
        var (again, brokeOff) = (0, false);
        while (true)
        {
            var outcome = await AskAsync(client, wish, directory, transfer, cancellationToken);
            if (await _files.ChooseAsync(outcome, cancellationToken)) continue;
            brokeOff |= BrokeOff(outcome);
            if (brokeOff && again < AgainAfter.Length && IsWorthAnother(client, outcome))
            {
                await Task.Delay(AgainAfter[again++], time, cancellationToken);
                continue;
            }

            return _files.Ended(client, outcome);
        }
    }

    private static bool BrokeOff(Outcome outcome) => outcome is { Bytes: > 0, Failure.Resumable: true };

    // Whoever had a part of it may be back in a moment.
    private static bool IsWorthAnother(IFerryClient client, Outcome outcome) => !client.Completion.IsCompleted
        && outcome.Failure?.Reason is FailureReason.StreamLost or FailureReason.Stalled or FailureReason.CancelledByPeer or FailureReason.Absent or FailureReason.Timeout;

    private Task<Outcome> AskAsync(IFerryClient client, Wish wish, string directory, string transfer, CancellationToken cancellationToken)
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
        var getting = wish.Hash is { } hash ? client.GetAsync(_files.Peer, hash, directory, get, cancellationToken) : client.GetAsync(_files.Peer, wish.Text, directory, get, cancellationToken);
        return getting.WithinGraceAsync(time, cancellationToken);
    }
}
