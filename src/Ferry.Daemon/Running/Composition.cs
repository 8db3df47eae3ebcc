using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Ferry.Daemon.Configuration;
using Ferry.Server.Hosting;
using Ferry.Server.HttpBridge;
using Ferry.Server.HttpBridge.Spool;
using Ferry.Server.Index;
using Ferry.Server.Relay;
using Ferry.Server.Services;
using Ferry.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Ferry.Daemon.Running;

/// <summary>
/// What this ferryd consists of besides the embedded server or the component's stream: its services and whatever has transfers running. <b>A new part is put together here</b>, and its keys
/// are switched on in <see cref="Part"/>.
/// </summary>
/// <param name="Services">As components one each, the first of <c>component.domain</c>; embedded each a sub-domain.</param>
/// <param name="Index">The index as a component; the embedded server has its own, which knows its rosters.</param>
/// <param name="Drainables">What is waited for when ferryd is told to stop.</param>
/// <param name="Owned">What goes with it.</param>
internal sealed record Composition(IReadOnlyList<ServiceEntity> Services, IReadOnlyList<IDrainable> Drainables, IReadOnlyList<IAsyncDisposable> Owned, IndexService? Index = null) : IAsyncDisposable
{
    /// <exception cref="StartException">An address of the relay can't be listened on.</exception>
    public static async Task<Composition> CreateAsync(DaemonConfiguration configuration, ILoggerFactory loggers, TimeProvider time)
    {
        var attached = configuration.Component?.Domain;
        var address = attached ?? RelayService.AddressAt(configuration.Xmpp!.Domain);
        var common = new ServiceOptions { TimeProvider = time, Logger = loggers.CreateLogger<RelayService>() };
        if (!RelayService.TryStart(address, Relay(configuration), common, out var relay, out var failure))
        {
            throw new StartException($"the relay cannot listen on {failure}; {Keys.RelayListen.Path} names another address");
        }

        // The relay goes first: its transfers need the bridge's listener to their end.
        List<IAsyncDisposable> owned = [relay];
        try
        {
            if (Bridge(configuration) is { } bridge) owned.Add(await StartBridgeAsync(relay, bridge, common));
            IndexService? index = null;
            if (attached is not null && configuration.Index is { } wanted) owned.Add(index = await StartIndexAsync(wanted, loggers, time));
            return new Composition(index is null ? [relay.Entity] : [relay.Entity, index.Entity], [relay], owned, index);
        }
        catch
        {
            foreach (var part in owned) await part.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the index is to be.</summary>
    /// <param name="usual">Who may use it where nothing is said.</param>
    public static IndexOptions OptionsOf(IndexConfiguration index, IndexAudience usual) => new()
    {
        Database = index.Database,
        Allow = index.Allow is { } allow ? new IndexAudience(allow.Addresses, allow.Everybody) : usual,
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Owned) await part.DisposeAsync();
    }

    private static async Task<IndexService> StartIndexAsync(IndexConfiguration index, ILoggerFactory loggers, TimeProvider time)
    {
        try
        {
            var common = new ServiceOptions { TimeProvider = time, Logger = loggers.CreateLogger<IndexService>() };
            return await IndexService.StartAsync(index.Domain, OptionsOf(index, IndexAudience.Nobody), common, CancellationToken.None);
        }
        catch (StoreException wrong)
        {
            throw new StartException($"the index cannot start: {wrong.Message}", wrong);
        }
    }

    private static async Task<BridgeService> StartBridgeAsync(RelayService relay, BridgeOptions options, ServiceOptions common)
    {
        try
        {
            return await BridgeService.StartAsync(relay, options, common, CancellationToken.None);
        }
        catch (Exception wrong) when (wrong is IOException or SocketException or CryptographicException or UnauthorizedAccessException)
        {
            throw new StartException($"the bridge cannot start: {wrong.Message}", wrong);
        }
    }

    /// <summary>
    /// The bridge as it was asked for. Where nobody did: none for others to reach, since its URLs would name an address that only this machine has; a server for
    /// this machine alone has one, as it has everything.
    /// </summary>
    private static BridgeOptions? Bridge(DaemonConfiguration configuration)
    {
        if (configuration.Http is not { } http) return configuration.Xmpp is { } xmpp && xmpp.Listen.All(address => IPAddress.IsLoopback(address.Address)) ? BridgeOptions.Embedded() : null;
        return new BridgeOptions
        {
            Listen = [.. http.Listen],
            PublicUrl = http.PublicUrl,
            CertificateFile = http.CertificateFile,
            ForeignStreamhosts = [.. http.Streamhosts],
            AllowConnect = http.AllowConnect is { } connect ? new RelayAudience(connect.Addresses, connect.Everybody) : null,
            AllowActivate = http.AllowActivate is { } activate ? new RelayAudience(activate.Addresses, activate.Everybody) : null,
            Origins = [.. http.Origins],
            LegacyUpload = http.LegacyUpload,
            MaxTransfersPerUser = http.StreamsPerUser,
            MaxBytes = http.MaxBytes,
            BytesPerDay = http.BytesPerDay,
            HeaderTime = http.HeaderTimeout,
            MinRate = http.MinRate,
            HoldTime = http.PairingTimeout,
            IdleTime = http.IdleTimeout,
            Spool = http.Spool is { } spool ? new SpoolOptions { Folder = spool.Folder, MaxBytes = spool.Bytes, MaxBytesPerUser = spool.BytesPerUser, KeepTime = spool.KeepTime } : null,
        };
    }

    private static RelayOptions Relay(DaemonConfiguration configuration)
    {
        var relay = configuration.Relay;
        var isEmbedded = configuration.Component is null;
        var usual = RelayOptions.Embedded(configuration.Xmpp?.Domain ?? configuration.Component!.Domain, lan: !isEmbedded);
        return usual with
        {
            Listen = relay.Listen.Count > 0 ? [.. relay.Listen] : usual.Listen,
            // Whoever names a port means it; an admin's firewall may, too.
            PortIsWish = isEmbedded && relay.Listen.Count == 0,
            Advertise = [.. relay.Advertise],
            Allow = relay.Allow is { } allow ? new RelayAudience(allow.Addresses, allow.Everybody) : isEmbedded ? usual.Allow : RelayAudience.Nobody,
            MaxStreams = relay.Streams,
            MaxStreamsPerUser = relay.StreamsPerUser,
            Rate = relay.Rate,
            RatePerUser = relay.RatePerUser,
            RatePerStream = relay.RatePerStream,
            MaxBytes = relay.MaxBytes,
            HandshakeTime = relay.HandshakeTimeout,
            PairingTime = relay.PairingTimeout,
            IdleTime = relay.IdleTimeout,
        };
    }
}
