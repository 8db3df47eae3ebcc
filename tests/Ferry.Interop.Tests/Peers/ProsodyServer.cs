using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Ferry.Interop.Tests.Peers;

/// <summary>Debian's Prosody on free loopback ports, with a folder of its own that goes away with it. One serves all tests of a run: each test makes its own accounts.</summary>
public sealed class ProsodyServer : IAsyncLifetime
{
    public const string Domain = "localhost";
    public const string ProxyJid = "proxy.localhost";
    private const string Program = "/usr/bin/prosody";
    private const int Attempts = 3;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("ferry-prosody-").FullName;
    private ChildProcess? _process;
    private int _accounts;

    public ServerCertificate Certificate { get; private set; } = null!;

    /// <summary>Where clients begin in the clear and must use STARTTLS.</summary>
    public int Port { get; private set; }

    /// <summary>Where clients begin with TLS.</summary>
    public int DirectTlsPort { get; private set; }

    public int ProxyPort { get; private set; }

    private string LogFile => Path.Combine(_directory, "prosody.log");

    private string AccountFolder => Path.Combine(_directory, "data", Domain, "accounts");

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

    /// <summary>The end of the server's log, for failure messages.</summary>
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
        var ports = FreePorts(3);
        (Port, DirectTlsPort, ProxyPort) = (ports[0], ports[1], ports[2]);
        var configuration = Path.Combine(_directory, "prosody.cfg.lua");
        await File.WriteAllTextAsync(configuration, Configuration());
        _process = ChildProcess.Start(Program, ["-F", "--config", configuration]);
        using var deadline = new CancellationTokenSource(StartLimit);
        foreach (var port in ports)
        {
            if (!await Answers(port, deadline.Token))
            {
                return false;
            }
        }

        return true;
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
            -- No mod_limits: loaded and not configured it reads 10 kB/s from each client.
            modules_enabled = { "roster", "saslauth", "tls", "disco", "ping", "smacks", "posix" }
            modules_disabled = { "s2s" }
            proxy65_ports = { {{ProxyPort}} }
            proxy65_interfaces = { "127.0.0.1" }

            VirtualHost "{{Domain}}"

            Component "{{ProxyJid}}" "proxy65"
                proxy65_address = "127.0.0.1"

            """;
    }

    private async Task<bool> Answers(int port, CancellationToken cancellationToken)
    {
        while (!_process!.HasExited && !cancellationToken.IsCancellationRequested)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return true;
            }
            catch (SocketException)
            {
                await Task.Delay(50, CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }

        return false;
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

    private static int[] FreePorts(int count)
    {
        // All held at once, so that no two are the same.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        try
        {
            return [.. listeners.Select(listener =>
            {
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            })];
        }
        finally
        {
            foreach (var listener in listeners)
            {
                listener.Dispose();
            }
        }
    }
}
