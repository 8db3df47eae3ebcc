using System.Globalization;
using Ferry.Cli.Connecting;
using Ferry.Cli.Reports;
using Ferry.Cli.Terminal;

namespace Ferry.Cli.Commands.Receive;

/// <summary>Does what <c>ferry receive</c> was asked.</summary>
internal sealed class ReceiveRun : IDisposable
{
    private readonly ReceiveCommandOptions _options;
    private readonly ITerminal _terminal;
    private readonly TimeProvider _time;
    private readonly ITransferReport _report;
    private readonly OfferQuestion _question;
    private readonly IdleLimit _idle;
    private readonly CancellationTokenSource _enough = new();
    private readonly Lock _gate = new();
    private readonly List<FailureReason?> _ends = [];
    private int _taken;

    private ReceiveRun(ReceiveCommandOptions options, ITerminal terminal, TimeProvider time, ITransferReport report)
    {
        _options = options;
        _terminal = terminal;
        _time = time;
        _report = report;
        _question = new OfferQuestion(terminal, report);
        _idle = new IdleLimit(options.Connection.Timeout, time);
    }

    private bool AsksAPerson => Asks(_options, _terminal);

    public static async Task<int> RunAsync(
        ReceiveCommandOptions options,
        ITerminal terminal,
        ClientFactory connect,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        using var report = Report.For(options.Connection, Direction.Receiving, terminal, time, Asks(options, terminal));
        if (TargetProblem(options.Directory) is { } problem)
        {
            report.Failed(problem);
            return problem.Reason.ExitCode();
        }

        using var run = new ReceiveRun(options, terminal, time, report);
        return await run.RunAsync(connect, cancellationToken);
    }

    public void Dispose()
    {
        _question.Dispose();
        _idle.Dispose();
        _enough.Dispose();
    }

    private static bool Asks(ReceiveCommandOptions options, ITerminal terminal) => options.From.Count == 0 && terminal.CanAsk;

    private static Failure? TargetProblem(string directory) =>
        Directory.Exists(directory)
            ? null
            : new Failure(FailureReason.Io, Phase.Connecting, Side.Here, $"there is no directory {directory}", $"make it first: mkdir -p {directory}");

    private async Task<int> RunAsync(ClientFactory connect, CancellationToken cancellationToken)
    {
        if (_options.From.Count == 0 && !_terminal.CanAsk)
            _terminal.SayWarning("every file will be refused: there is no --from, and no terminal to ask on");
        try
        {
            await using var client = await Login.ConnectAsync(_options.Connection, LibraryOptions(), _terminal, connect, cancellationToken);
            _report.Ready(client.Jid);
            _idle.Begin();
            _idle.End();
            await TakeOffersAsync(client, cancellationToken);
            return await EndAsync(client, cancellationToken);
        }
        catch (FerryException e)
        {
            _report.Failed(e.ToFailure());
            return e.Reason.ExitCode();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return FailureReason.Cancelled.ExitCode();
        }
    }

    private FerryOptions LibraryOptions() => _options.Connection.ToFerryOptions() with
    {
        AcceptFrom = _options.From.Count > 0 ? PeerPolicy.Only(_options.From) : AsksAPerson ? PeerPolicy.Anyone : PeerPolicy.Nobody,
        Offers = _options.Offers,
        Methods = _options.Methods,
        StateDirectory = _options.Journals,
        // Waiting for offers has no end of its own, so neither has waiting for the server.
        ReconnectTimeout = _options.Connection.Timeout ?? Timeout.InfiniteTimeSpan,
        ConnectionChanges = new Relay<ConnectionChange>(_report.Changed),
    };

    // Returns when enough files were taken, nothing came for too long, the connection is gone or somebody interrupted; and the transfers
    // that were under way have ended.
    private async Task TakeOffersAsync(IFerryClient client, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _idle.Token, _enough.Token);
        var handled = new List<Task>();
        try
        {
            await foreach (var offer in client.IncomingOffersAsync(stop.Token))
            {
                handled.RemoveAll(task => task.IsCompletedSuccessfully);
                handled.Add(HandleAsync(offer, cancellationToken));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }

        await Task.WhenAll(handled);
    }

    private async Task HandleAsync(IncomingOffer offer, CancellationToken cancellationToken)
    {
        _idle.Begin();
        try
        {
            _report.Offered(offer.Transfer, offer.Peer, offer.Name, offer.Size, offer.Offer, offer.Thumbnails);
            if (await IsWantedAsync(offer, cancellationToken) && !cancellationToken.IsCancellationRequested && TryTake())
            {
                var outcome = await offer.AcceptAsync(_options.Directory, Options(), cancellationToken).WithinGraceAsync(_time, cancellationToken);
                Ended(outcome);
            }
            else
            {
                // Also after an interrupt: the sender would wait for an answer that nobody gives any more.
                _report.Ended(await offer.DeclineAsync(CancellationToken.None).WaitAsync(Grace.Period, _time, CancellationToken.None));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException)
        {
            // The peer did not answer the farewell in time.
        }
        finally
        {
            _idle.End();
        }
    }

    private async Task<bool> IsWantedAsync(IncomingOffer offer, CancellationToken cancellationToken)
    {
        try
        {
            if (_options.From.Count > 0) return true;
            // Nobody is asked about what cannot be had any more.
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, offer.Withdrawn);
            return AsksAPerson && await _question.AskAsync(offer, either.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested || offer.Withdrawn.IsCancellationRequested)
        {
            return false;
        }
    }

    private ReceiveOptions Options() => new()
    {
        Existing = _options.Existing,
        MaxBytes = _options.MaxBytes,
        Methods = _options.Methods,
        Progress = new Relay<TransferProgress>(_report.Progressed),
        Attempts = new Relay<Attempt>(_report.Attempted),
    };

    // A file counts from the moment it is accepted, so that two offers at once cannot make three of --count 2; and it counts whichever way
    // it ends, so that a script learns of a failure by the exit code instead of waiting on.
    private bool TryTake()
    {
        lock (_gate)
        {
            if (_options.Count is { } count && _taken >= count) return false;
            _taken++;
            return true;
        }
    }

    private void Ended(Outcome outcome)
    {
        _report.Ended(outcome);
        bool enough;
        lock (_gate)
        {
            _ends.Add(outcome.Failure?.Reason);
            enough = _ends.Count == _options.Count;
        }

        if (enough) _enough.Cancel();
    }

    private async Task<int> EndAsync(IFerryClient client, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return FailureReason.Cancelled.ExitCode();
        if (_enough.IsCancellationRequested) return ExitCodes.Of(_ends);
        if (_idle.Token.IsCancellationRequested)
        {
            var seconds = _options.Connection.Timeout!.Value.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
            var failure = new Failure(FailureReason.Timeout, Phase.Offering, Side.Peer, $"nobody offered a file for {seconds} s", "give a longer --timeout, or none to wait for ever");
            _report.Failed(failure);
            return failure.Reason.ExitCode();
        }

        var lost = await client.Completion ?? new FerryException(FailureReason.StreamLost, Side.Server, "the connection to the server ended");
        _report.Failed(lost.ToFailure(Phase.Finding));
        return lost.Reason.ExitCode();
    }
}
