using System.Net;
using Ferry.Protocol.Addressing;
using Microsoft.Extensions.Logging;

namespace Ferry.Daemon.Configuration;

/// <summary>What ferryd was told to be, read and checked.</summary>
internal sealed record DaemonConfiguration
{
    /// <summary>The component; null: ferryd is the embedded server.</summary>
    public ComponentConfiguration? Component { get; init; }

    /// <summary>The embedded server; null where there is a component.</summary>
    public XmppConfiguration? Xmpp { get; init; }

    public RelayConfiguration Relay { get; init; } = new();

    /// <summary>The HTTP bridge; null without its keys.</summary>
    public HttpConfiguration? Http { get; init; }

    /// <summary>The index of files; null: none.</summary>
    public IndexConfiguration? Index { get; init; }

    public AdminConfiguration Admin { get; init; } = new();

    public LogConfiguration Log { get; init; } = new();

    /// <summary>How long running transfers may go on after the signal to stop.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The folder for everything kept.</summary>
    public required string DataFolder { get; init; }
}

/// <summary>An external component of somebody else's server.</summary>
internal sealed record ComponentConfiguration(DnsEndPoint Server, Jid Domain, string SecretFile);

/// <summary>The embedded server.</summary>
/// <param name="Listen">Empty: loopback, port 5222.</param>
internal sealed record XmppConfiguration(Jid Domain, IReadOnlyList<IPEndPoint> Listen, string? CertificateFile);

/// <summary>Who may use something: addresses (a bare JID is that account, a domain all its accounts), or everybody.</summary>
internal sealed record Audience(IReadOnlyList<Jid> Addresses, bool Everybody);

/// <summary>The SOCKS5 relay and its limits. Rates are bytes a second; null is no limit.</summary>
internal sealed record RelayConfiguration
{
    /// <summary>Empty: port 7777, on loopback unless attached.</summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [];

    /// <summary>What streamhosts say; port 0 is the listener's. Empty: the addresses listened on.</summary>
    public IReadOnlyList<DnsEndPoint> Advertise { get; init; } = [];

    /// <summary>Null: nobody when attached, the server's own users when embedded.</summary>
    public Audience? Allow { get; init; }

    public int Streams { get; init; } = 1000;

    public int StreamsPerUser { get; init; } = 20;

    public long? Rate { get; init; }

    public long? RatePerUser { get; init; }

    public long? RatePerStream { get; init; }

    public long? MaxBytes { get; init; }

    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan PairingTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>The HTTP bridge and its limits. Null is no limit.</summary>
internal sealed record HttpConfiguration(IReadOnlyList<IPEndPoint> Listen, Uri PublicUrl)
{
    /// <summary>Null: plain HTTP, for a reverse proxy.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Relays of others that may be connected to in a receiver's stead.</summary>
    public IReadOnlyList<DnsEndPoint> Streamhosts { get; init; } = [];

    /// <summary>Who may receive. Null: the relay's audience, and whoever gets something from one of them.</summary>
    public Audience? AllowConnect { get; init; }

    /// <summary>Who may send. Null: the relay's audience.</summary>
    public Audience? AllowActivate { get; init; }

    /// <summary>Origins as browsers write them. Empty: all.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>Forms are taken at an address without a token, too.</summary>
    public bool LegacyUpload { get; init; }

    public int StreamsPerUser { get; init; } = 4;

    public long? MaxBytes { get; init; }

    /// <summary>Bytes of one bare JID in 24 hours.</summary>
    public long? BytesPerDay { get; init; }

    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Bytes a second below which a body is ended, after 5 s.</summary>
    public long MinRate { get; init; } = 240;

    public TimeSpan PairingTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Files that wait on disk; null: none do.</summary>
    public SpoolConfiguration? Spool { get; init; }
}

/// <summary>Files that wait on disk for their receivers.</summary>
/// <param name="Folder">For them alone.</param>
/// <param name="Bytes">Of all of them.</param>
/// <param name="BytesPerUser">Of one bare JID's.</param>
/// <param name="KeepTime">How long each waits.</param>
internal sealed record SpoolConfiguration(string Folder, long Bytes, long BytesPerUser, TimeSpan KeepTime);

/// <summary>The index of files.</summary>
/// <param name="Domain">Its address.</param>
/// <param name="SecretFile">Its component's secret; null where it is beside the embedded server.</param>
/// <param name="Database">A SQLite file or a PostgreSQL connection string.</param>
/// <param name="Allow">Null: nobody when attached, the server's own users when embedded.</param>
internal sealed record IndexConfiguration(Jid Domain, string? SecretFile, string Database, Audience? Allow);

/// <summary>Health, readiness, metrics.</summary>
/// <param name="Listen">Null: the default, where it is free; empty: off.</param>
internal sealed record AdminConfiguration(IReadOnlyList<IPEndPoint>? Listen = null)
{
    /// <summary>The default port.</summary>
    public const int DefaultPort = 7776;
}

internal sealed record LogConfiguration(LogFormat Format = LogFormat.Text, LogLevel Level = LogLevel.Information, bool FullAddresses = false);
