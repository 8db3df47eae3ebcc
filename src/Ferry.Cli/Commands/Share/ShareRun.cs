using System.Collections.Concurrent;
using Ferry.Cli.Connecting;
using Ferry.Cli.Reports;
using Ferry.Cli.Terminal;
using Ferry.Sharing;

namespace Ferry.Cli.Commands.Share;

/// <summary>Does what <c>ferry share</c> was asked.</summary>
internal sealed class ShareRun(ShareCommandOptions options, ITerminal terminal, TimeProvider time, ITransferReport report)
{
    private readonly ConcurrentDictionary<string, bool> _begun = new(StringComparer.Ordinal);

    public static async Task<int> RunAsync(
        ShareCommandOptions options,
        ITerminal terminal,
        ClientFactory connect,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        using var report = Report.For(options.Connection, Direction.Sending, terminal, time);
        return await new ShareRun(options, terminal, time, report).RunAsync(connect, cancellationToken);
    }

    private async Task<int> RunAsync(ClientFactory connect, CancellationToken cancellationToken)
    {
        try
        {
            await using var shared = await SharedFolders.OpenAsync(ShareOptions(), cancellationToken);
            await using var client = await Login.ConnectAsync(options.Connection, LibraryOptions(shared), terminal, connect, cancellationToken);
            report.Sharing(client.Jid, [.. options.Folders.Select(folder => folder.Name)], shared.Count);
            if (options.Allow.Count == 0 && !options.Connection.Json) terminal.SayNote("only your own account may see and take them; --allow names others");
            var lost = await client.Completion.WaitAsync(cancellationToken) ?? new FerryException(FailureReason.StreamLost, Side.Server, "the connection to the server ended");
            report.Failed(lost.ToFailure(Phase.Finding));
            return lost.Reason.ExitCode();
        }
        catch (FerryException e)
        {
            report.Failed(e.ToFailure());
            return e.Reason.ExitCode();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return FailureReason.Cancelled.ExitCode();
        }
    }

    private ShareOptions ShareOptions()
    {
        var share = new ShareOptions
        {
            Folders = options.Folders,
            Allow = options.Allow,
            StateDirectory = options.State,
            Served = new Relay<ServedFile>(Served),
            Changes = new Relay<ShareStatus>(Changed),
            TimeProvider = time,
        };
        if (options.MaxFiles is { } most) share = share with { MaxFiles = most };
        return options.Connection.Verbosity is Verbosity.Verbose ? share with { LoggerFactory = new TerminalLogging(terminal) } : share;
    }

    private FerryOptions LibraryOptions(SharedFolders shared) => options.Connection.ToFerryOptions() with
    {
        Shared = shared,
        Offers = options.Offers,
        Methods = options.Methods,
        // Sharing has no end of its own, so neither has waiting for the server.
        ReconnectTimeout = options.Connection.Timeout ?? Timeout.InfiniteTimeSpan,
        ConnectionChanges = new Relay<ConnectionChange>(report.Changed),
    };

    private void Served(ServedFile file)
    {
        if (_begun.TryAdd(file.Transfer, true)) report.Offered(file.Transfer, file.Peer, file.Path, file.Size, file.Offer);
        if (file.Outcome is not { } outcome) return;
        _begun.TryRemove(file.Transfer, out _);
        report.Ended(outcome with { Name = file.Path });
    }

    private void Changed(ShareStatus status)
    {
        if (status is { Kind: ShareStatusKind.Published, Index: { } index }) report.Published(index, status.Files);
        else if (status.Problem is { } problem) terminal.SayWarning(problem);
        else if (status.Kind == ShareStatusKind.NoIndex && options.Connection.Verbosity is not Verbosity.Quiet) terminal.SayNote("your server has no index: those whom you allow can list and take the files, nobody can search for them");
    }
}
