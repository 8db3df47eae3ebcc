using System.Net;
using System.Net.Sockets;

namespace Ferry.Net.Dialing;

/// <summary>How a host is dialled.</summary>
public sealed record HappyEyeballsOptions
{
    /// <summary>The next address is tried so long after the last (RFC 8305 §5).</summary>
    public TimeSpan Stagger { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long IPv4 addresses wait for the answer about IPv6 (RFC 8305 §3).</summary>
    public TimeSpan ResolutionDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>For all of one host, lookup included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Connect from the first of these that is of the address's family; families without one are left out. Empty: the system picks.</summary>
    public IReadOnlyList<IPAddress> Sources { get; init; } = [];

    /// <summary>Looks a host's addresses of one family up; throws <see cref="SocketException"/>. Null: the system's resolver.</summary>
    public Func<string, AddressFamily, CancellationToken, Task<IPAddress[]>>? Resolve { get; init; }

    /// <summary>Connects to one address; throws <see cref="SocketException"/>. Null: a TCP socket without delay and with keep-alive.</summary>
    public Func<IPEndPoint, CancellationToken, Task<Socket>>? Connect { get; init; }
}
