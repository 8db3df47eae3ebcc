using System.Globalization;
using System.Net.Http.Json;

namespace Ferry.Interop.Tests.Peers;

/// <summary>
/// Debian's ejabberd on free loopback ports, with a folder of its own that goes away with it. Started as its Erlang program without a node name: nothing of the
/// machine's own ejabberd, no epmd and no cookie is touched, and any user may start it.
/// </summary>
public sealed class EjabberdServer : IXmppServer, IAsyncLifetime
{
    private const string Program = "/usr/bin/erl";
    private const string Domain = IXmppServer.Domain;
    private const int Attempts = 3;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("ferry-ejabberd-").FullName;
    private readonly HttpClient _commands = new();
    private readonly ServerShaper _shaper;
    private ChildProcess? _process;
    private int _commandPort;
    private int _accounts;

    public EjabberdServer()
        : this(ServerShaper.None)
    {
    }

    private EjabberdServer(ServerShaper shaper) => _shaper = shaper;

    public string Name => "ejabberd";

    public ServerCertificate Certificate { get; private set; } = null!;

    public int Port { get; private set; }

    public int DirectTlsPort { get; private set; }

    public int ProxyPort { get; private set; }

    public int ComponentPort { get; private set; }

    public string Log => File.Exists(LogFile) ? string.Join('\n', File.ReadLines(LogFile).TakeLast(60)) : "";

    private string LogFile => Path.Combine(_directory, "log", "ejabberd.log");

    /// <summary>One of its own beside the tests' common one.</summary>
    public static async Task<EjabberdServer> Start(ServerShaper shaper)
    {
        var server = new EjabberdServer(shaper);
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
        Directory.CreateDirectory(Path.Combine(_directory, "log"));
        Certificate = ServerCertificate.Create(_directory, Domain);
        for (var attempt = 1; !await TryStart(); attempt++)
        {
            // Somebody else may have taken a port between our finding it free and ejabberd's binding it.
            if (attempt == Attempts)
            {
                throw new InvalidOperationException($"ejabberd does not start.\n{_process?.Errors}\n{Log}");
            }

            await _process!.DisposeAsync();
        }
    }

    /// <summary>A new account, by ejabberd's command <c>register</c>.</summary>
    public async Task<Account> CreateAccount(string name)
    {
        var node = string.Create(CultureInfo.InvariantCulture, $"{name}{Interlocked.Increment(ref _accounts)}");
        var account = new Account($"{node}@{Domain}", $"password of {node}");
        using var content = JsonContent.Create(new Dictionary<string, string>(StringComparer.Ordinal) { ["user"] = node, ["host"] = Domain, ["password"] = account.Password });
        // Its server reads no chunked bodies.
        await content.LoadIntoBufferAsync();
        using var answer = await _commands.PostAsync(new Uri($"http://127.0.0.1:{_commandPort}/api/register"), content);
        return answer.IsSuccessStatusCode ? account : throw new InvalidOperationException($"ejabberd does not register {node}: {await answer.Content.ReadAsStringAsync()}\n{Log}");
    }

    public async ValueTask DisposeAsync()
    {
        _commands.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private async Task<bool> TryStart()
    {
        var ports = LoopbackPorts.Free(5);
        (Port, DirectTlsPort, ProxyPort, _commandPort, ComponentPort) = (ports[0], ports[1], ports[2], ports[3], ports[4]);
        var configuration = Path.Combine(_directory, "ejabberd.yml");
        await File.WriteAllTextAsync(configuration, Configuration());
        _process = ChildProcess.Start(
            Program,
            ["+S", "2", "-noinput", "-mnesia", "dir", $"\"{_directory}/spool\"", "-s", "ejabberd"],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["HOME"] = _directory,
                ["EJABBERD_CONFIG_PATH"] = configuration,
                ["EJABBERD_LOG_PATH"] = LogFile,
                ["ERL_CRASH_DUMP"] = Path.Combine(_directory, "log", "crash"),
                ["ERL_LIBS"] = LibraryFolder(),
            });
        return await LoopbackPorts.Answer(ports, _process, StartLimit);
    }

    /// <summary>Debian keeps ejabberd's modules in the machine's multiarch folder, where Erlang doesn't look by itself.</summary>
    private static string LibraryFolder() =>
        Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu*").FirstOrDefault(folder => Directory.EnumerateDirectories(folder, "ejabberd-*").Any())
        ?? throw new InvalidOperationException("ejabberd is not there; ./test.sh installs what the interop tests need.");

    private string Configuration() => $$$"""
        loglevel: info
        hosts: ["{{{Domain}}}"]
        certfiles: ["{{{Certificate.CertificateFile}}}", "{{{Certificate.KeyFile}}}"]
        listen:
          - {port: {{{Port}}}, ip: "127.0.0.1", module: ejabberd_c2s, starttls: true, starttls_required: true, max_stanza_size: 262144, shaper: c2s_shaper}
          - {port: {{{DirectTlsPort}}}, ip: "127.0.0.1", module: ejabberd_c2s, tls: true, max_stanza_size: 262144, shaper: c2s_shaper}
          - {port: {{{_commandPort}}}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {/api: mod_http_api}}
          - {port: {{{ComponentPort}}}, ip: "127.0.0.1", module: ejabberd_service, access: all, hosts: {"{{{IXmppServer.ComponentJid}}}": {password: "{{{IXmppServer.ComponentSecret}}}"} } }
        acl: {loopback: {ip: ["127.0.0.0/8"]}}
        api_permissions: {tests: {who: {access: {allow: {acl: loopback} } }, what: [register] } }
        auth_method: internal
        auth_password_format: scram
        # As in Debian's configuration.
        shaper: {normal: {rate: 3000, burst_size: 20000}}
        shaper_rules: {c2s_shaper: {{{(_shaper == ServerShaper.Usual ? "normal" : "none")}}}, proxy_shaper: none}
        modules:
          mod_caps: {}
          mod_disco: {}
          mod_ping: {}
          mod_roster: {}
          mod_stream_mgmt: {}
          mod_proxy65: {host: "{{{IXmppServer.ProxyJid}}}", ip: "127.0.0.1", hostname: "127.0.0.1", port: {{{ProxyPort}}}, access: all, shaper: proxy_shaper}

        """;
}
