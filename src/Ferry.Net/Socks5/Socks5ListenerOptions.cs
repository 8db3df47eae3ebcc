using System.Collections.Immutable;
using System.Net;

namespace Ferry.Net.Socks5;

/// <summary>Where and how strictly a <see cref="Socks5Listener"/> serves.</summary>
public sealed record Socks5ListenerOptions
{
    /// <summary>Addresses to listen on, one port for all. Default: every IPv4 and every IPv6 address.</summary>
    public ImmutableArray<IPAddress> Addresses { get; init; } = [IPAddress.Any, IPAddress.IPv6Any];

    /// <summary>The first port that is free on all addresses is taken.</summary>
    public PortRange Ports { get; init; } = PortRange.Any;

    /// <summary>Time for a whole handshake. Default 10 s.</summary>
    public TimeSpan HandshakeTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Handshakes under way; one more ends the oldest. Default 64.</summary>
    public int MaxHandshakes { get; init; } = 64;

    /// <summary>Sockets kept for one destination; further ones are refused. Default 16.</summary>
    public int MaxSocketsPerDestination { get; init; } = 16;

    /// <summary>The clock of the handshakes.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
