using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Ferry.Interop.Tests.Peers;

/// <summary>Debian's Prosody on free loopback ports, with a folder of its own that goes away with it. One serves all tests of a run: each test makes its own accounts.</summary>
public sealed class ProsodyServer : IXmppServer, IAsyncLifetime
{
    private const string Domain = IXmppServer.Domain;
    private const string Program = "/usr/bin/prosody";
    private const int Attempts = 3;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("ferry-prosody-").FullName;
    private readonly ServerShaper _shaper;
    private ChildProcess? _process;
    private int _accounts;

    public ProsodyServer()
        : this(ServerShaper.None)
    {
    }

    private ProsodyServer(ServerShaper shaper) => _shaper = shaper;

    public string Name => "Prosody";

    public ServerCertificate Certificate { get; private set; } = null!;

    public int Port { get; private set; }

    public int DirectTlsPort { get; private set; }

    public int ProxyPort { get; private set; }

    public int ComponentPort { get; private set; }

    private string ConfigurationFile => Path.Combine(_directory, "prosody.cfg.lua");

    private string LogFile => Path.Combine(_directory, "prosody.log");

    private string AccountFolder => Path.Combine(_directory, "data", Domain, "accounts");

    /// <summary>One of its own beside the tests' common one.</summary>
    public static async Task<ProsodyServer> Start(ServerShaper shaper)
    {
        var server = new ProsodyServer(shaper);
        try
        {
            await server.InitializeAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(AccountFolder);
        Certificate = ServerCertificate.Create(_directory, Domain);
        for (var attempt = 1; !await TryStart(); attempt++)
        {
            // Somebody else may have taken a port between our finding it free and Prosody's binding it.
            if (attempt == Attempts)
            {
                throw new InvalidOperationException($"Prosody does not start.\n{_process?.Errors}\n{Log}");
            }

            await _process!.DisposeAsync();
        }
    }

    public string Log => File.Exists(LogFile) ? string.Join('\n', File.ReadLines(LogFile).TakeLast(60)) : "";

    /// <summary>A new account; Prosody reads its accounts when they are first used.</summary>
    public async Task<Account> CreateAccount(string name)
    {
        var node = string.Create(CultureInfo.InvariantCulture, $"{name}{Interlocked.Increment(ref _accounts)}");
        var account = new Account($"{node}@{Domain}", $"password of {node}");
        // The server replaces the password by salted keys at the first log-in.
        await File.WriteAllTextAsync(Path.Combine(AccountFolder, $"{node}.dat"), $"return {{ [\"password\"] = \"{account.Password}\"; }};\n");
        return account;
    }

    /// <summary>Ends it and starts it anew on the same ports, as an admin does.</summary>
    public async Task Restart()
    {
        _process!.Terminate();
        await _process.WaitForExit(StartLimit);
        await _process.DisposeAsync();
        if (!await Launch()) throw new InvalidOperationException($"Prosody does not start again.\n{_process.Errors}\n{Log}");
    }

    /// <summary>Takes its processor time away, as a machine that hangs does, until <see cref="Thaw"/>.</summary>
    public void Freeze() => _process!.Freeze();

    public void Thaw() => _process!.Thaw();

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Terminate();
            await _process.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private async Task<bool> TryStart()
    {
        var ports = LoopbackPorts.Free(4);
        (Port, DirectTlsPort, ProxyPort, ComponentPort) = (ports[0], ports[1], ports[2], ports[3]);
        await File.WriteAllTextAsync(ConfigurationFile, Configuration());
        return await Launch();
    }

    private async Task<bool> Launch()
    {
        _process = ChildProcess.Start(Program, ["-F", "--config", ConfigurationFile]);
        return await LoopbackPorts.Answer([Port, DirectTlsPort, ProxyPort, ComponentPort], _process, StartLimit);
    }

    private string Configuration()
    {
        var interfaces = Socket.OSSupportsIPv6 && HasIPv6Loopback() ? "{ \"127.0.0.1\", \"::1\" }" : "{ \"127.0.0.1\" }";
        return $$"""
            run_as_root = true -- in a container; only on loopback, and only while the tests run
            data_path = "{{_directory}}/data"
            pidfile = "{{_directory}}/prosody.pid"
            log = { { levels = { min = "info" }, to = "file", filename = "{{LogFile}}" } }
            interfaces = {{interfaces}}
            c2s_ports = { {{Port}} }
            c2s_direct_tls_ports = { {{DirectTlsPort}} }
            c2s_require_encryption = true
            ssl = { certificate = "{{Certificate.CertificateFile}}", key = "{{Certificate.KeyFile}}" }
            authentication = "internal_hashed"
            storage = "internal"
            allow_registration = false
            -- mod_limits, not configured, reads 10 kB/s from each client.
            modules_enabled = { "roster", "saslauth", "tls", "disco", "ping", "smacks", "posix"{{(_shaper == ServerShaper.Usual ? ", \"limits\"" : "")}} }
            modules_disabled = { "s2s" }
            proxy65_ports = { {{ProxyPort}} }
            proxy65_interfaces = { "127.0.0.1", "127.0.0.2" }
            component_ports = { {{ComponentPort}} }
            component_interfaces = { "127.0.0.1" }

            VirtualHost "{{Domain}}"

            Component "{{IXmppServer.ProxyJid}}" "proxy65"
                proxy65_address = "127.0.0.2" -- Gajim never connects to 127.0.0.1

            Component "{{IXmppServer.ComponentJid}}"
                component_secret = "{{IXmppServer.ComponentSecret}}"

            Component "{{IXmppServer.SecondComponentJid}}"
                component_secret = "{{IXmppServer.ComponentSecret}}"

            """;
    }

    private static bool HasIPv6Loopback()
    {
        using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
