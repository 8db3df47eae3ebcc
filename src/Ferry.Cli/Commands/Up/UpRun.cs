using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Ferry.Cli.Connecting;
using Ferry.Cli.Events;
using Ferry.Cli.Terminal;
using Ferry.Protocol.Addressing;
using Ferry.Server.Hosting;
using Ferry.Server.HttpBridge;
using Ferry.Server.Index;
using Ferry.Server.Relay;
using Ferry.Server.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Cli.Commands.Up;

/// <summary>Runs the embedded server and says how to use it.</summary>
internal static class UpRun
{
    public static async Task<int> RunAsync(UpCommandOptions options, ITerminal terminal, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await using var server = await StartAsync(options, Log(options, terminal), time, cancellationToken);
            var address = Address(server, options.Lan);
            if (options.Json) new EventWriter(terminal.Out).Write(new ReadyEvent(server.Domain) { Server = address, Pin = server.Pin });
            else SayReady(options, server, address, terminal);
            await Task.Delay(Timeout.Infinite, cancellationToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return FailureReason.Cancelled.ExitCode();
        }
        catch (SocketException e)
        {
            var port = options.Port ?? LocalServerOptions.DefaultPort;
            return Fail(options, terminal, FailureReason.Connect, $"port {port} cannot be listened on: {e.Message}", "give another one: --port PORT");
        }
        catch (Exception e) when (e is StoreException or IOException or System.Security.Cryptography.CryptographicException)
        {
            return Fail(options, terminal, FailureReason.Io, e.Message, "--data DIR uses another folder");
        }
        catch (UnauthorizedAccessException e)
        {
            return Fail(options, terminal, FailureReason.Permission, e.Message, "--data DIR uses another folder");
        }
    }

    private static async Task<LocalServer> StartAsync(UpCommandOptions options, ILogger log, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await StartAsync(options.Port ?? LocalServerOptions.DefaultPort);
        }
        catch (SocketException e) when (options.Port is null && e.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            return await StartAsync(FreePort());
        }

        Task<LocalServer> StartAsync(int port) => LocalServer.StartAsync(
            new LocalServerOptions
            {
                Domain = options.Domain,
                DataFolder = options.Data,
                Listen = Listen(options.Lan, port),
                Relay = Jid.TryParse(options.Domain, out var domain) ? RelayOptions.Embedded(domain, options.Lan) : null,
                Index = domain is null ? null : IndexOptions.Embedded(domain, options.Data),
                Bridge = options.Lan ? BridgeOptions.EmbeddedForNetwork(LanAddress() ?? IPAddress.Loopback) : BridgeOptions.Embedded(),
            },
            log,
            time,
            cancellationToken);
    }

    private static List<IPEndPoint> Listen(bool lan, int port)
    {
        var endpoints = new List<IPEndPoint> { new(lan ? IPAddress.Any : IPAddress.Loopback, port) };
        if (HasIPv6()) endpoints.Add(new IPEndPoint(lan ? IPAddress.IPv6Any : IPAddress.IPv6Loopback, port));
        return endpoints;
    }

    private static bool HasIPv6()
    {
        try
        {
            using var trial = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            trial.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var trial = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        trial.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)trial.LocalEndPoint!).Port;
    }

    // As --server takes it: what the others of the network reach, or loopback.
    private static string Address(LocalServer server, bool lan) =>
        new IPEndPoint(lan ? LanAddress() ?? IPAddress.Loopback : IPAddress.Loopback, server.Endpoints[0].Port).ToString();

    private static IPAddress? LanAddress() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(card => card.OperationalStatus is OperationalStatus.Up && card.NetworkInterfaceType is not NetworkInterfaceType.Loopback)
            .Select(card => card.GetIPProperties())
            .OrderByDescending(properties => properties.GatewayAddresses.Count)
            .SelectMany(properties => properties.UnicastAddresses)
            .Select(unicast => unicast.Address)
            .FirstOrDefault(address => address.AddressFamily is AddressFamily.InterNetwork);

    private static void SayReady(UpCommandOptions options, LocalServer server, string address, ITerminal terminal)
    {
        var ferry = ShellWords.Quote(ProgramPath.ForPasting());
        var data = options.IsDefaultData ? "" : $" --data {ShellWords.Quote(Path.GetFullPath(options.Data))}";
        var connection = $"--server {address} --pin {server.Pin}";
        var domain = server.Domain;
        if (options.Verbosity is not Verbosity.Quiet)
            terminal.SayNote($"the server of {domain} is up at {string.Join(" and ", server.Endpoints)}; Ctrl-C ends it");
        terminal.Out.WriteLine(
            $"""
            # accounts, from a second terminal:
            {ferry} account register alice@{domain}{data}
            {ferry} account register bob@{domain}{data}
            # bob waits for files:
            {ferry} receive --account bob@{domain} {connection}
            # alice sends one:
            {ferry} send --account alice@{domain} {connection} FILE bob@{domain}
            """);
        terminal.Out.Flush();
    }

    private static ILogger Log(UpCommandOptions options, ITerminal terminal) =>
        options.Verbosity is Verbosity.Verbose ? new TerminalLogging(terminal).CreateLogger("server") : NullLogger.Instance;

    private static int Fail(UpCommandOptions options, ITerminal terminal, FailureReason reason, string message, string hint)
    {
        if (options.Json) new EventWriter(terminal.Out).Write(new Failure(reason, Phase.Connecting, Side.Here, message, hint).ToEvent());
        terminal.SayError(message, hint);
        return reason.ExitCode();
    }
}
