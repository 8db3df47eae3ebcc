using System.Net;
using Ferry.Net.Dialing;
using Ferry.Net.Tls;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Net.Sessions;

/// <summary>How a client session connects and logs in.</summary>
public sealed record SessionOptions
{
    public required Jid Account { get; init; }

    /// <summary>Asked once, before the first connection; a person's time does not count as the server's.</summary>
    public required Func<CancellationToken, ValueTask<string>> Password { get; init; }

    /// <summary>The resource to ask for when the account's address has none. ASCII (old peers hash addresses as Latin-1).</summary>
    public required string Resource { get; init; }

    /// <summary><c>[xmpp:|xmpps:]HOST:PORT</c>; null looks it up.</summary>
    public string? Server { get; init; }

    /// <summary>The name servers to look the server up at; null: the system's.</summary>
    public IReadOnlyList<IPEndPoint>? NameServers { get; init; }

    public TlsOptions Tls { get; init; } = new();

    public bool InsecurePlaintext { get; init; }

    public bool AllowPlain { get; init; }

    /// <summary>Local addresses to dial from: the first of the server's family. Empty: the system picks.</summary>
    public IReadOnlyList<IPAddress> BindAddresses { get; init; } = [];

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest time that a broken stream is tried to be resumed, whatever the server grants.</summary>
    public TimeSpan MaxResumption { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>
    /// How long after a break it is tried to log in again, resumption included. Zero: a session that cannot be resumed is over;
    /// <see cref="Timeout.InfiniteTimeSpan"/>: for ever.
    /// </summary>
    public TimeSpan ReconnectTimeout { get; init; }

    /// <summary>Says when this machine loses the address that it is connected from; null: only silence shows it.</summary>
    public INetworkWatch? Network { get; init; }

    /// <summary>A number from 0 up to, not including, 1: spreads the waits between attempts.</summary>
    public Func<double> Random { get; init; } = System.Random.Shared.NextDouble;

    public XmlLimits Limits { get; init; } = XmlLimits.Default;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
