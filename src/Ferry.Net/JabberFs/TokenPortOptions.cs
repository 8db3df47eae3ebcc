using System.Collections.Immutable;
using System.Net;
using Ferry.Net.Socks5;

namespace Ferry.Net.JabberFs;

/// <summary>Where a <see cref="TokenPort"/> listens, and whom it lets in.</summary>
public sealed record TokenPortOptions
{
    /// <summary>Addresses to listen on, one port for all. Default: every IPv4 and every IPv6 address.</summary>
    public ImmutableArray<IPAddress> Addresses { get; init; } = [IPAddress.Any, IPAddress.IPv6Any];

    /// <summary>Tried in their order; the first port that is free on all addresses is taken. Empty lets the system choose.</summary>
    public IReadOnlyList<PortRange> Ports { get; init; } = [];

    /// <summary>What a connection must say first. Null, for peers of the old dialect: nothing, and <see cref="Admits"/> decides alone.</summary>
    public string? Token { get; init; }

    /// <summary>Asked with the address from which a connection comes, before a byte of it is read.</summary>
    public Func<IPAddress, bool> Admits { get; init; } = _ => true;

    /// <summary>Time for the token. Default 10 s.</summary>
    public TimeSpan PreambleTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock of that time.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
