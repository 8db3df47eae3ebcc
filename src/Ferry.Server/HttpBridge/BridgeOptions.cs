using System.Collections.Immutable;
using System.Net;
using Ferry.Server.HttpBridge.Spool;
using Ferry.Server.Relay;

namespace Ferry.Server.HttpBridge;

/// <summary>What a relay's HTTP side is and what it grants. Who may use it is the relay's audience, where nothing else is said.</summary>
public sealed record BridgeOptions
{
    /// <summary>Where the embedded server's is, when that is free.</summary>
    public const int DefaultPort = 7780;

    /// <summary>Where browsers, or a reverse proxy, connect.</summary>
    public required ImmutableArray<IPEndPoint> Listen { get; init; }

    /// <summary>
    /// What the first of <see cref="Listen"/> is called from outside: every URL begins with it, and never with what a request says. Null: the address
    /// listened on, which does for loopback alone.
    /// </summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>What others reach the first of <see cref="Listen"/> by, where that is every address of this machine: URLs name it, with the port that was got. Null: the address listened on.</summary>
    public IPAddress? PublicAddress { get; init; }

    /// <summary>HTTPS with the embedded server's certificate: a client that pins the server trusts the bridge with it.</summary>
    public bool ShowsServerCertificate { get; init; }

    /// <summary>Certificate chain and private key in PEM, for HTTPS. Null: plain HTTP, for loopback or behind a reverse proxy.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Another port will do where these are taken; only without a <see cref="PublicUrl"/>.</summary>
    public bool PortIsWish { get; init; }

    /// <summary>
    /// Streamhosts of others that the bridge connects to in a receiver's stead, host and port exactly as senders name them. Empty: none, since whoever
    /// names addresses would make us open connections inside our own network.
    /// </summary>
    public ImmutableArray<DnsEndPoint> ForeignStreamhosts { get; init; } = [];

    /// <summary>
    /// Who may have the bridge receive in their stead. Null: the relay's audience, and whoever is to get something from one of them. Given: these alone, whoever sends.
    /// </summary>
    public RelayAudience? AllowConnect { get; init; }

    /// <summary>Who may upload. Null: the relay's audience.</summary>
    public RelayAudience? AllowActivate { get; init; }

    /// <summary>Origins of web pages whose scripts may read the bridge's answers, as browsers write them (<c>https://app.example.org</c>). Empty: all.</summary>
    public ImmutableArray<string> Origins { get; init; } = [];

    /// <summary>
    /// Forms are taken at one address for everybody, too, <c>upload</c> below <see cref="PublicUrl"/>, as clients of 2007 may expect. Their SIDHASH, which whoever knows the
    /// stream's id and both addresses can reckon, is then all it takes to upload in the sender's stead.
    /// </summary>
    public bool LegacyUpload { get; init; }

    /// <summary>Files for receivers behind HTTP wait on disk until they are fetched. Null: they pass through, while both ends are there.</summary>
    public SpoolOptions? Spool { get; init; }

    /// <summary>Transfers of one bare JID at one time, and its receivers that wait.</summary>
    public int MaxTransfersPerUser { get; init; } = 4;

    /// <summary>Receivers that wait, of one domain that is not in the relay's audience.</summary>
    public int MaxWaitingPerForeignDomain { get; init; } = 32;

    /// <summary>Receivers that wait in all; one more is refused.</summary>
    public int MaxWaiting { get; init; } = 1024;

    /// <summary>HTTP connections at one time.</summary>
    public int MaxConnections { get; init; } = 1000;

    /// <summary>Bytes of one transfer; null is no bound.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Bytes of one bare JID's transfers in 24 hours; null is no bound.</summary>
    public long? BytesPerDay { get; init; }

    /// <summary>From a connection to the end of a request's headers, and how long a connection may idle between requests.</summary>
    public TimeSpan HeaderTime { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Bytes a second, on the average since it began: a body that is slower, sent or read, is ended after 5 s.</summary>
    public long MinRate { get; init; } = 240;

    /// <summary>How long a URL waits for its first use.</summary>
    public TimeSpan ClaimTime { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long one end that is there waits for the other, and for its first byte.</summary>
    public TimeSpan HoldTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest time of a running transfer without a byte.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How often ends behind HTTP are told how far it is, while bytes move.</summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The bridge of an embedded server that is open to the network: with the server's own certificate, since whoever listens on the way could fetch what a URL names.</summary>
    /// <param name="address">By which others reach this machine.</param>
    public static BridgeOptions EmbeddedForNetwork(IPAddress address, int port = DefaultPort) =>
        new() { Listen = [new IPEndPoint(IPAddress.Any, port)], PortIsWish = true, PublicAddress = address, ShowsServerCertificate = true };

    /// <summary>The bridge of an embedded server: for this machine alone, at <see cref="DefaultPort"/> where that is free.</summary>
    public static BridgeOptions Embedded(int port = DefaultPort) => new() { Listen = [new IPEndPoint(IPAddress.Loopback, port)], PortIsWish = true };
}
