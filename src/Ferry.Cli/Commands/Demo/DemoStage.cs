using System.Net;
using System.Security.Cryptography;
using Ferry.Cli.Connecting;
using Ferry.Protocol.Addressing;
using Ferry.Server.Hosting;
using Ferry.Server.HttpBridge;
using Ferry.Server.Relay;
using Microsoft.Extensions.Logging;

namespace Ferry.Cli.Commands.Demo;

/// <summary>The embedded server on a free port of loopback, two accounts, and a folder for everything; all gone afterwards.</summary>
internal sealed class DemoStage : IAsyncDisposable
{
    private readonly ILoggerFactory _log;
    private readonly string _password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private LocalServer? _server;

    private DemoStage(ILoggerFactory log) => _log = log;

    /// <summary>The folder.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("ferry-demo-").FullName;

    /// <summary>Where files arrive.</summary>
    public string Inbox => Path.Combine(Folder, "bob");

    /// <summary>The sender's account.</summary>
    public Jid Alice { get; } = Jid.Parse("alice@localhost");

    /// <summary>The receiver's account.</summary>
    public Jid Bob { get; } = Jid.Parse("bob@localhost");

    public LocalServer Server => _server ?? throw new InvalidOperationException("not started");

    public static async Task<DemoStage> StartAsync(ILoggerFactory log, TimeProvider time, CancellationToken cancellationToken)
    {
        var stage = new DemoStage(log);
        try
        {
            Directory.CreateDirectory(stage.Inbox);
            var options = new LocalServerOptions
            {
                DataFolder = Path.Combine(stage.Folder, "server"),
                Listen = [new IPEndPoint(IPAddress.Loopback, 0)],
                Relay = RelayOptions.Embedded(Jid.Parse("localhost"), lan: false, port: 0),
                Bridge = BridgeOptions.Embedded(port: 0),
            };
            stage._server = await LocalServer.StartAsync(options, log.CreateLogger("server"), time, cancellationToken);
            await stage.Server.Accounts.RegisterAsync(stage.Alice, stage._password, cancellationToken);
            await stage.Server.Accounts.RegisterAsync(stage.Bob, stage._password, cancellationToken);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>What a client of one of the accounts needs.</summary>
    public FerryOptions ClientOptions(Jid account) => new()
    {
        Account = account,
        Password = _password,
        Server = Server.Endpoints[0].ToString(),
        PinnedCertificate = Server.Pin,
        AcceptFrom = account == Bob ? PeerPolicy.Only(Alice) : PeerPolicy.Nobody,
        LoggerFactory = _log,
    };

    /// <summary>Makes a file to send.</summary>
    public async Task<string> MakeAsync(DemoFile file, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Folder, "alice");
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, file.Name);
        await using var stream = File.Create(path);
        var block = new byte[1 << 20];
        for (var left = file.Bytes; left > 0; left -= block.Length)
        {
            RandomNumberGenerator.Fill(block);
            await stream.WriteAsync(block.AsMemory(0, (int)Math.Min(block.Length, left)), cancellationToken);
        }

        return path;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // A file that is still being closed; the system's own cleaning takes it.
        }
    }
}
