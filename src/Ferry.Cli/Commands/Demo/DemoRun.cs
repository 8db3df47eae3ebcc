using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using Ferry.Cli.Connecting;
using Ferry.Cli.Reports;
using Ferry.Cli.Terminal;
using Ferry.Server.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Cli.Commands.Demo;

/// <summary>
/// Shows the real thing: the same server, clients, offers and methods that the other verbs use, nothing played. Every file is hashed here at
/// both ends, whatever the library says.
/// </summary>
internal sealed class DemoRun
{
    private static readonly TimeSpan ReceiverTimeout = TimeSpan.FromSeconds(20);

    /// <summary>What XEP-0095's older clients know.</summary>
    private static readonly IReadOnlyList<string> OfStreamInitiation = [MethodNames.Socks5Direct, MethodNames.Socks5Proxy, MethodNames.InBand];

    private readonly DemoCommandOptions _options;
    private readonly DemoReport _report;
    private readonly DemoStage _stage;
    private readonly ClientFactory _connect;
    private readonly List<DemoResult> _results = [];

    private DemoRun(DemoCommandOptions options, DemoReport report, DemoStage stage, ClientFactory connect)
    {
        _options = options;
        _report = report;
        _stage = stage;
        _connect = connect;
    }

    public static async Task<int> RunAsync(
        DemoCommandOptions options,
        ITerminal terminal,
        ClientFactory connect,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        using var report = new DemoReport(options, terminal);
        using ILoggerFactory log = options.Verbosity is Verbosity.Verbose ? new TerminalLogging(terminal) : NullLoggerFactory.Instance;
        try
        {
            await using var stage = await DemoStage.StartAsync(log, time, cancellationToken);
            report.Note($"the embedded server listens on {stage.Server.Endpoints[0]}; alice sends to bob");
            var run = new DemoRun(options, report, stage, connect);
            await run.ShowAsync(cancellationToken);
            report.Table(run._results);
            return ExitCodes.Of([.. run._results.Select(result => result.Problem)]);
        }
        catch (FerryException e)
        {
            terminal.SayError(e.Message, e.Hint);
            return e.Reason.ExitCode();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StoreException or SocketException)
        {
            terminal.SayError(e.Message);
            return FailureReason.Io.ExitCode();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return FailureReason.Cancelled.ExitCode();
        }
    }

    private async Task ShowAsync(CancellationToken cancellationToken)
    {
        await using var bob = await _connect(_stage.ClientOptions(_stage.Bob), cancellationToken);
        await using var inbox = new DemoInbox(bob, _stage.Inbox);
        _report.Ready(bob.Jid);
        await ShowMethodsAsync(bob, inbox, cancellationToken);
        await ShowSparksFlowAsync(bob, inbox, cancellationToken);
    }

    private async Task ShowMethodsAsync(IFerryClient bob, DemoInbox inbox, CancellationToken cancellationToken)
    {
        await using var alice = await _connect(_stage.ClientOptions(_stage.Alice), cancellationToken);
        _report.Ready(alice.Jid);
        var paths = new List<(DemoFile File, string Path)>();
        foreach (var file in _options.Files) paths.Add((file, await _stage.MakeAsync(file, cancellationToken)));
        foreach (var method in TransferSettings.Methods.Where(method => method != MethodNames.HttpBridge))
        {
            foreach (var (file, path) in paths) await CarryAsync(alice, bob, inbox, file, path, new Way(method, [method], method), cancellationToken);
        }

        _report.Note("now as clients offer it that know no Jingle: by stream initiation");
        foreach (var method in OfStreamInitiation)
        {
            foreach (var (file, path) in paths.Where(one => !one.File.Once)) await CarryAsync(alice, bob, inbox, file, path, new Way(method, [method], method, OfferNames.StreamInitiation), cancellationToken);
        }

        await ShowBridgeAsync(alice, bob, inbox, cancellationToken);
    }

    // Seed 001: the proxy's HTTP side, with the requests of a browser or of curl at one end, and at both.
    private async Task ShowBridgeAsync(IFerryClient alice, IFerryClient bob, DemoInbox inbox, CancellationToken cancellationToken)
    {
        const string bridge = MethodNames.HttpBridge;
        const string proxy = MethodNames.Socks5Proxy;
        _report.Note($"now the relay's HTTP side at {_stage.Server.BridgeUrl}: one end posts a form or fetches a URL, as a browser or curl would");
        var path = await _stage.MakeAsync(DemoFile.Browsers, cancellationToken);
        foreach (var (way, from, to) in ((string, string, string)[])[("POST to SOCKS5", bridge, proxy), ("SOCKS5 to GET", proxy, bridge), ("POST to GET", bridge, bridge)])
        {
            await CarryAsync(alice, bob, inbox, DemoFile.Browsers, path, new Way(way, [from], from, OfferNames.StreamInitiation, to), cancellationToken);
        }
    }

    // Seed 002: SI offers both methods; the streamhosts fail or stay silent; the file goes in-band on the same sid.
    private async Task ShowSparksFlowAsync(IFerryClient bob, DemoInbox inbox, CancellationToken cancellationToken)
    {
        using var hosts = new BadStreamhosts();
        var options = _stage.ClientOptions(_stage.Alice) with { Advertise = hosts.Addresses, OfferOnlyAdvertised = true, Socks5Wait = _options.Socks5Wait };
        await using var alice = await _connect(options, cancellationToken);
        _report.Ready(alice.Jid);
        _report.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"now one streamhost that refuses and one that stays silent, in-band after {_options.Socks5Wait.TotalSeconds:0.#} s (Spark's flow)"));
        var path = await _stage.MakeAsync(DemoFile.Sparks, cancellationToken);
        await CarryAsync(alice, bob, inbox, DemoFile.Sparks, path, new Way("Spark's flow", ["s5b-direct", "ibb"], "ibb", OfferNames.StreamInitiation), cancellationToken);
    }

    private async Task CarryAsync(
        IFerryClient alice,
        IFerryClient bob,
        DemoInbox inbox,
        DemoFile file,
        string path,
        Way way,
        CancellationToken cancellationToken)
    {
        var number = (_results.Count + 1).ToString(CultureInfo.InvariantCulture);
        var transfer = "demo-" + number;
        var send = new SendOptions
        {
            Transfer = transfer,
            Description = number,
            Methods = way.Methods,
            Offers = way.Offer is null ? [] : [way.Offer],
            Progress = new Relay<TransferProgress>(progress => _report.Progressed(file, progress)),
            Attempts = new Relay<Attempt>(_report.Attempted),
        };
        if (way.ReceiveBy is not null) inbox.Narrow(number, [way.ReceiveBy]);
        _report.Offered(transfer, bob.Jid, file, way.Offer);
        var sent = await alice.SendAsync(path, bob.Jid, send, cancellationToken);
        var result = new DemoResult(way.Name, sent, sent.Failure?.Reason);
        if (sent.Succeeded) result = await CheckAsync(result, inbox.EndOf(number), path, way.Expected, cancellationToken);
        _results.Add(result);
        _report.Ended(result);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static async Task<DemoResult> CheckAsync(DemoResult result, Task<Outcome> receiving, string source, string expected, CancellationToken cancellationToken)
    {
        if (await Task.WhenAny(receiving, Task.Delay(ReceiverTimeout, cancellationToken)) != receiving)
            return Wrong(result, FailureReason.Timeout, "the receiver did not end");
        var received = await receiving;
        if (received.Failure is { } failure) return Wrong(result, failure.Reason, $"the receiver says: {failure.Message}");
        if (received.Path is not { } target) return Wrong(result, FailureReason.Io, "the receiver has no file");
        var same = string.Equals(await HashAsync(source, cancellationToken), await HashAsync(target, cancellationToken), StringComparison.Ordinal);
        File.Delete(target);
        if (!same) return Wrong(result, FailureReason.Mismatch, "what arrived is not what was sent");
        if (!string.Equals(result.Sent.Method, expected, StringComparison.Ordinal))
            return Wrong(result, FailureReason.NoMethod, $"it went by {result.Sent.Method} and not by {expected}");
        // The receiver is the one who can verify an SI offer; its knowledge and path stand in the event.
        return result with { Sent = result.Sent with { Path = target, VerifiedBy = received.VerifiedBy } };
    }

    private static DemoResult Wrong(DemoResult result, FailureReason reason, string message) =>
        result with { Problem = reason, Sent = result.Sent with { Failure = new Failure(reason, Phase.Finishing, Side.Peer, message) } };

    private static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }

    /// <summary>How one file is to go.</summary>
    /// <param name="Name">As the table calls it.</param>
    /// <param name="Methods">What alice may use.</param>
    /// <param name="Expected">What it must go by.</param>
    /// <param name="Offer">The only kind of offer; null leaves it to the library.</param>
    /// <param name="ReceiveBy">What bob may use, where that is narrower.</param>
    private sealed record Way(string Name, IReadOnlyList<string> Methods, string Expected, string? Offer = null, string? ReceiveBy = null);
}
