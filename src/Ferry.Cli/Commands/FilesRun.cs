using Ferry.Cli.Connecting;
using Ferry.Cli.Reports;
using Ferry.Cli.Terminal;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Commands;

/// <summary>What sending files to a peer and getting files from one have in common: the log-in, which of its programs is meant, how each file ended.</summary>
internal sealed class FilesRun(ConnectionOptions connection, Jid named, ITransferReport report, ITerminal terminal)
{
    /// <summary>How long the server is looked for after a break when no <c>--timeout</c> says: as long as an in-band transfer waits for it.</summary>
    private static readonly TimeSpan UsualReconnect = TimeSpan.FromSeconds(120);

    private readonly Jid _named = named;
    private readonly List<FailureReason?> _ends = [];

    /// <summary>The other end: a full address as soon as it was found or chosen, so that one question is enough for all files.</summary>
    public Jid Peer { get; set; } = named;

    /// <summary>Of all files until now.</summary>
    public int ExitCode => ExitCodes.Of(_ends);

    /// <summary>Logs in and moves the files; the exit code.</summary>
    public async Task<int> RunAsync(ClientFactory connect, Func<FerryOptions, FerryOptions> with, Func<IFerryClient, Task> moveAsync, CancellationToken cancellationToken)
    {
        try
        {
            await using var client = await Login.ConnectAsync(connection, with(LibraryOptions()), terminal, connect, cancellationToken);
            report.Ready(client.Jid);
            await moveAsync(client);
            return ExitCode;
        }
        catch (FerryException e)
        {
            report.Failed(e.ToFailure(), _named);
            return e.Reason.ExitCode();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            report.Failed(new Failure(FailureReason.Cancelled, Phase.Connecting, Side.Here, "interrupted"), _named);
            return FailureReason.Cancelled.ExitCode();
        }
    }

    /// <summary>A file, or a folder of them, failed before there was a transfer.</summary>
    public void Failed(Failure failure, string name)
    {
        report.Failed(failure, Peer, name);
        _ends.Add(failure.Reason);
    }

    /// <summary>Where several programs of the peer could be meant, a person at the terminal is asked. True: one was chosen, and the file can be tried again.</summary>
    public async Task<bool> ChooseAsync(Outcome outcome, CancellationToken cancellationToken)
    {
        if (outcome.Failure is not { Reason: FailureReason.AmbiguousPeer, Resources.Count: > 0 } ambiguous || !terminal.CanAsk) return false;
        if (await ResourceQuestion.AskAsync(terminal, report, ambiguous.Resources, cancellationToken) is not { } chosen) return false;
        Peer = chosen;
        return true;
    }

    /// <summary>A transfer ended. False: the following files need not be tried.</summary>
    public bool Ended(IFerryClient client, Outcome outcome)
    {
        report.Ended(outcome);
        _ends.Add(outcome.Failure?.Reason);
        if (outcome.Failure?.Reason is FailureReason.StreamLost) return !client.Completion.IsCompleted;
        return outcome.Failure?.Reason is not (FailureReason.Cancelled or FailureReason.AmbiguousPeer);
    }

    private FerryOptions LibraryOptions() => connection.ToFerryOptions() with
    {
        SendPresence = false,
        ReconnectTimeout = connection.Timeout ?? UsualReconnect,
        ConnectionChanges = new Relay<ConnectionChange>(report.Changed),
    };
}
