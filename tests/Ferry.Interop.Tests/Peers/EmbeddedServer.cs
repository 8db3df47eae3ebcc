using System.Globalization;
using System.Net;
using Ferry.Protocol.Addressing;
using Ferry.Server.Hosting;
using Ferry.Server.Index;
using Ferry.Server.Relay;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Interop.Tests.Peers;

/// <summary>Ferry's own server in this process, with a certificate that other programs' checks accept.</summary>
public sealed class EmbeddedServer : IXmppServer, IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly LocalServer _server;
    private readonly int? _proxyPort;
    private int _accounts;

    private EmbeddedServer(DirectoryInfo directory, ServerCertificate certificate, LocalServer server, int? proxyPort)
    {
        _directory = directory;
        _server = server;
        _proxyPort = proxyPort;
        Certificate = certificate;
    }

    public string Name => Crossings.Crossing.Embedded;

    public ServerCertificate Certificate { get; }

    public int Port => _server.Endpoints[0].Port;

    public int DirectTlsPort => _server.DirectTlsEndpoints[0].Port;

    public int ProxyPort => _proxyPort ?? throw new InvalidOperationException("Started without its relay.");

    public int ComponentPort => throw new InvalidOperationException("It has no components.");

    public string Log => "";

    /// <param name="index">With the index.</param>
    /// <param name="relay">With its relay, which is a SOCKS5 proxy (XEP-0065) to everybody's clients.</param>
    public static async Task<EmbeddedServer> Start(bool index = false, bool relay = false)
    {
        var directory = Directory.CreateTempSubdirectory("ferry-embedded-");
        var certificate = ServerCertificate.Create(directory.FullName, IXmppServer.Domain);
        var both = Path.Combine(directory.FullName, "both.pem");
        await File.WriteAllTextAsync(both, await File.ReadAllTextAsync(certificate.CertificateFile) + await File.ReadAllTextAsync(certificate.KeyFile));
        var any = new IPEndPoint(IPAddress.Loopback, 0);
        var data = Path.Combine(directory.FullName, "data");
        int? proxyPort = relay ? LoopbackPorts.Free(1)[0] : null;
        var options = new LocalServerOptions
        {
            DataFolder = data,
            CertificateFile = both,
            Listen = [any],
            ListenDirectTls = [any],
            Relay = proxyPort is { } port ? RelayOptions.Embedded(Jid.Parse(IXmppServer.Domain), lan: false, port) with { PortIsWish = false } : null,
            Index = index ? IndexOptions.Embedded(Jid.Parse(IXmppServer.Domain), data) : null,
        };
        return new EmbeddedServer(directory, certificate, await LocalServer.StartAsync(options, NullLogger.Instance, TimeProvider.System, CancellationToken.None), proxyPort);
    }

    public async Task<Account> CreateAccount(string name)
    {
        var account = new Account(string.Create(CultureInfo.InvariantCulture, $"{name}{Interlocked.Increment(ref _accounts)}@{IXmppServer.Domain}"), "secret");
        await _server.Accounts.RegisterAsync(Jid.Parse(account.Jid), account.Password, CancellationToken.None);
        return account;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
