using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ferry.Protocol.Addressing;
using Ferry.Server.Accounts;
using Ferry.Server.HttpBridge;
using Ferry.Server.Index;
using Ferry.Server.LocalXmpp;
using Ferry.Server.Relay;
using Ferry.Server.Services;
using Ferry.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Ferry.Server.Hosting;

/// <summary>
/// The embedded server, composed and running: what <c>ferry up</c>, <c>ferry demo</c>, <c>ferryd run</c> and the tests share. Disposing it tells every
/// client <c>system-shutdown</c> and closes the store.
/// </summary>
public sealed class LocalServer : IDrainable, IAsyncDisposable
{
    private readonly LocalXmppServer _xmpp;
    private readonly List<C2sListener> _listeners;
    private readonly X509Certificate2 _certificate;
    private readonly RelayService? _relay;
    private readonly BridgeService? _bridge;
    private readonly IndexService? _index;
    private int _disposed;

    private LocalServer(LocalXmppServer xmpp, List<C2sListener> listeners, X509Certificate2 certificate, RelayService? relay, BridgeService? bridge, IndexService? index, int direct)
    {
        (_xmpp, _listeners, _certificate, _relay, _bridge, _index) = (xmpp, listeners, certificate, relay, bridge, index);
        Pin = Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));
        Endpoints = [.. listeners.SkipLast(direct).Select(listener => listener.EndPoint)];
        DirectTlsEndpoints = [.. listeners.TakeLast(direct).Select(listener => listener.EndPoint)];
    }

    /// <summary>The domain of its accounts.</summary>
    public string Domain => _xmpp.Domain;

    /// <summary>Where it listens with STARTTLS, with the ports that it got.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints { get; }

    /// <summary>Where it listens with TLS from the first byte.</summary>
    public IReadOnlyList<IPEndPoint> DirectTlsEndpoints { get; }

    /// <summary>SHA-256 of the certificate in lower-case hex: what <c>--pin</c> takes.</summary>
    public string Pin { get; }

    /// <summary>The accounts.</summary>
    public AccountStore Accounts => _xmpp.Accounts;

    /// <summary>What the URLs of its bridge begin with; null without one.</summary>
    public Uri? BridgeUrl => _bridge?.PublicUrl;

    /// <summary>Whether its index can be read now; null, or why not. Null without one, too.</summary>
    public ValueTask<string?> CheckIndexAsync(CancellationToken cancellationToken) => _index?.CheckAsync(cancellationToken) ?? default;

    internal LocalXmppServer Xmpp => _xmpp;

    /// <inheritdoc/>
    public int Running => _xmpp.Router.InBand.Running + (_relay?.Running ?? 0);

    /// <summary>Waits for what goes through its own relay and, in-band, through itself; clients are served meanwhile. Services of others (<see cref="LocalServerOptions.Services"/>) are their owners' business.</summary>
    public Task DrainAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_xmpp.Router.InBand.DrainAsync(cancellationToken), _relay?.DrainAsync(cancellationToken) ?? Task.CompletedTask);

    /// <summary>Starts it; when this returns, clients may connect.</summary>
    /// <exception cref="ArgumentException">The domain is none.</exception>
    /// <exception cref="StoreException">The data folder cannot be used.</exception>
    /// <exception cref="CryptographicException">The certificate file cannot be used.</exception>
    /// <exception cref="SocketException">An address cannot be listened on.</exception>
    /// <exception cref="IOException">The relay's address cannot be listened on.</exception>
    public static async Task<LocalServer> StartAsync(
        LocalServerOptions options, ILogger logger, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        if (!Jid.TryParse(options.Domain, out var domain) || domain.Local is not null || domain.IsFull)
        {
            throw new ArgumentException($"'{options.Domain}' is not a domain", nameof(options));
        }

        var accounts = await AccountStore.OpenAsync(options.DataFolder, cancellationToken).ConfigureAwait(false);
        logger.LogInformation("accounts in {Folder}, {Engine}", options.DataFolder, SqliteEngine.Describe());
        LocalXmppServer? xmpp = null;
        RelayService? relay = null;
        BridgeService? bridge = null;
        IndexService? index = null;
        var listeners = new List<C2sListener>();
        try
        {
            var certificate = ServerCertificate.Load(options.CertificateFile, options.DataFolder, domain.Domain, timeProvider.GetUtcNow());
            if (options.Relay is not null) relay = StartRelay(options.Relay, domain, logger, timeProvider);
            if (relay is not null && options.Bridge is { } http)
            {
                if (http.ShowsServerCertificate) http = http with { CertificateFile = options.CertificateFile ?? Path.Combine(options.DataFolder, ServerCertificate.FileName) };
                bridge = await BridgeService.StartAsync(relay, http, new ServiceOptions { TimeProvider = timeProvider, Logger = logger }, cancellationToken).ConfigureAwait(false);
            }

            if (options.Index is not null) index = await StartIndexAsync(options, domain, accounts, logger, timeProvider, cancellationToken).ConfigureAwait(false);
            xmpp = new LocalXmppServer(domain.Domain, accounts, new LocalTls(certificate, ServerCertificate.Chain(options.CertificateFile)), options.Limits, options.AllowPlaintextLoopback, logger, timeProvider);
            IEnumerable<ServiceEntity?> services = [.. options.Services, relay?.Entity, index?.Entity];
            foreach (var service in services.OfType<ServiceEntity>()) LocalServiceDomain.Attach(service, xmpp.Router);
            var counter = new ConnectionCounter(options.Limits.MaxConnections, options.Limits.MaxConnectionsPerAddress);
            foreach (var endpoint in options.EffectiveListen) Listen(endpoint, direct: false, optional: options.Listen.Count == 0);
            foreach (var endpoint in options.ListenDirectTls) Listen(endpoint, direct: true, optional: false);
            return new LocalServer(xmpp, listeners, certificate, relay, bridge, index, options.ListenDirectTls.Count);

            void Listen(IPEndPoint endpoint, bool direct, bool optional)
            {
                // A machine without IPv6 is no reason not to start where nobody asked for IPv6.
                if (optional && endpoint.AddressFamily == AddressFamily.InterNetworkV6 && !HasIPv6(endpoint)) return;
                listeners.Add(new C2sListener(xmpp, counter, endpoint, direct));
                logger.LogInformation("{Domain} listens on {EndPoint}", domain.Domain, listeners[^1].EndPoint);
            }
        }
        catch
        {
            foreach (var listener in listeners) await listener.DisposeAsync().ConfigureAwait(false);
            if (xmpp is not null) await xmpp.DisposeAsync().ConfigureAwait(false);
            if (relay is not null) await relay.DisposeAsync().ConfigureAwait(false);
            if (bridge is not null) await bridge.DisposeAsync().ConfigureAwait(false);
            if (index is not null) await index.DisposeAsync().ConfigureAwait(false);
            await accounts.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Whether the accounts can be read now; null, or why not.</summary>
    public ValueTask<string?> CheckStoreAsync(CancellationToken cancellationToken) => _xmpp.Accounts.CheckAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        foreach (var listener in _listeners) await listener.StopAsync().ConfigureAwait(false);
        await _xmpp.StopAsync().ConfigureAwait(false);
        foreach (var listener in _listeners) await listener.DisposeAsync().ConfigureAwait(false);
        await _xmpp.DisposeAsync().ConfigureAwait(false);
        if (_relay is not null) await _relay.DisposeAsync().ConfigureAwait(false);
        if (_bridge is not null) await _bridge.DisposeAsync().ConfigureAwait(false);
        if (_index is not null) await _index.DisposeAsync().ConfigureAwait(false);
        await _xmpp.Accounts.DisposeAsync().ConfigureAwait(false);
        _certificate.Dispose();
    }

    private static Task<IndexService> StartIndexAsync(
        LocalServerOptions options, Jid domain, AccountStore accounts, ILogger logger, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var address = options.IndexDomain is { } given ? Jid.Parse(given) : IndexService.AddressAt(domain);
        var index = options.Index! with { RosterGroups = GroupsAsync };
        return IndexService.StartAsync(address, index, new ServiceOptions { TimeProvider = timeProvider, Logger = logger }, cancellationToken);

        // The accounts' rosters are here: groups are what they say now.
        async Task<IReadOnlyList<RosterGroup>> GroupsAsync(Jid asker, CancellationToken cancellation) =>
            [.. (await accounts.Rosters.GroupsWithAsync(asker, cancellation).ConfigureAwait(false)).SelectMany(of => of.Groups.Select(name => new RosterGroup(of.Owner, name)))];
    }

    private static RelayService StartRelay(RelayOptions options, Jid domain, ILogger logger, TimeProvider timeProvider)
    {
        var address = RelayService.AddressAt(domain);
        return RelayService.TryStart(address, options, new ServiceOptions { TimeProvider = timeProvider, Logger = logger }, out var relay, out var failure)
            ? relay
            : throw new IOException($"the relay cannot listen on {failure}");
    }

    private static bool HasIPv6(IPEndPoint endpoint)
    {
        if (!Socket.OSSupportsIPv6) return false;
        try
        {
            using var trial = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            trial.Bind(new IPEndPoint(endpoint.Address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
