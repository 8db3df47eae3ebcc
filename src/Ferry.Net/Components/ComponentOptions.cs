using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Net.Components;

/// <summary>How a component attaches to its server.</summary>
public sealed record ComponentOptions
{
    /// <summary>The server's name or address, for its component port.</summary>
    public required string Host { get; init; }

    /// <summary>The server's component port, 1 to 65535; 5347 by custom.</summary>
    public required int Port { get; init; }

    /// <summary>The domain that the component is.</summary>
    public required Jid Domain { get; init; }

    /// <summary>Asked before each handshake, so that a changed secret needs no restart. It throws <see cref="IOException"/> or
    /// <see cref="UnauthorizedAccessException"/> where there is none to be had.</summary>
    public required Func<CancellationToken, ValueTask<string>> Secret { get; init; }

    /// <summary>What one stanza of the server may be.</summary>
    public XmlLimits Limits { get; init; } = XmlLimits.Default;

    /// <summary>From dialling to the end of the handshake.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Silence after which the component pings itself through the server.</summary>
    public TimeSpan ProbeAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Silence after which the server is dead: longer than <see cref="ProbeAfter"/>.</summary>
    public TimeSpan DeadAfter { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>How long the server may take to read what is sent before it is dead.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the farewell may take.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The wait before the second attempt; each further one waits twice as long, by a fifth more or less.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between attempts.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Where the fifth more or less comes from: 0 to 1.</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public ILogger Logger { get; init; } = NullLogger.Instance;
}
