using System.Collections.Immutable;
using System.Net;

namespace Ferry.Net.Relaying;

/// <summary>Where a relay listens and what it takes from strangers.</summary>
public sealed record RelayEngineOptions
{
    /// <summary>Addresses and ports; port 0 lets the system choose.</summary>
    public required ImmutableArray<IPEndPoint> Listen { get; init; }

    /// <summary>A port that is taken is no failure: another one is listened on. Nor is an address that this machine doesn't have, unless it is the first.</summary>
    public bool PortIsWish { get; init; }

    /// <summary>Time for a whole SOCKS5 exchange. Default 10 s.</summary>
    public TimeSpan HandshakeTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Exchanges under way; one more ends the oldest, so that silent connections keep nobody out. Default 4096.</summary>
    public int MaxHandshakes { get; init; } = 4096;

    /// <summary>Threads that move bytes, at least 1. Default: half as many as processors; a busy one costs less for a byte than two that sleep in between (decision 0011).</summary>
    public int Threads { get; init; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>The clock of handshakes, idle times and rates.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
