using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Ferry.Protocol.Addressing;

namespace Ferry.Server.Relay;

/// <summary>What a relay is and what it grants. Rates are bytes a second.</summary>
public sealed record RelayOptions
{
    /// <summary>The port that clients try where nobody tells them another.</summary>
    public const int DefaultPort = 7777;

    /// <summary>Where clients connect.</summary>
    public required ImmutableArray<IPEndPoint> Listen { get; init; }

    /// <summary>What streamhosts say instead of the listening addresses; port 0 stands for the listeners' one.</summary>
    public ImmutableArray<DnsEndPoint> Advertise { get; init; } = [];

    /// <summary>Closed by default.</summary>
    public RelayAudience Allow { get; init; } = RelayAudience.Nobody;

    /// <summary>Active streams in all.</summary>
    public int MaxStreams { get; init; } = 1000;

    /// <summary>Active streams of one bare JID.</summary>
    public int MaxStreamsPerUser { get; init; } = 20;

    /// <summary>Streams that wait, for their other half or for activation; one more takes the oldest's place.</summary>
    public int MaxWaiting { get; init; } = 4096;

    /// <summary>Connections from one address that wait; one more is refused.</summary>
    public int MaxWaitingPerAddress { get; init; } = 256;

    /// <summary>SOCKS5 exchanges under way; one more ends the oldest.</summary>
    public int MaxHandshakes { get; init; } = 4096;

    /// <summary>All streams together; null is no bound.</summary>
    public long? Rate { get; init; }

    /// <summary>The streams of one bare JID together; null is no bound.</summary>
    public long? RatePerUser { get; init; }

    /// <summary>One stream, both directions together; null is no bound.</summary>
    public long? RatePerStream { get; init; }

    /// <summary>Bytes of one stream, both directions together; null is no bound.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Time for a SOCKS5 exchange.</summary>
    public TimeSpan HandshakeTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one waits for its other half, and a pair for activation.</summary>
    public TimeSpan PairingTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest time of an active stream without a byte.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Copies also where splice(2) is there.</summary>
    public bool Portable { get; init; }

    /// <summary>The relay of an embedded server with nothing set up: for its own users, at <see cref="DefaultPort"/> where that is free.</summary>
    /// <param name="domain">The accounts' domain.</param>
    /// <param name="lan">Open to the network; else loopback alone.</param>
    /// <param name="port">0 takes a free one.</param>
    public static RelayOptions Embedded(Jid domain, bool lan, int port = DefaultPort) => new()
    {
        Listen = lan ? Both(IPAddress.Any, IPAddress.IPv6Any, port) : Both(IPAddress.Loopback, IPAddress.IPv6Loopback, port),
        Allow = new RelayAudience([domain], Everybody: false),
        PortIsWish = true,
    };

    /// <summary>Another port will do where these are taken: streamhosts say which.</summary>
    public bool PortIsWish { get; init; }

    private static ImmutableArray<IPEndPoint> Both(IPAddress v4, IPAddress v6, int port) =>
        Socket.OSSupportsIPv6 ? [new IPEndPoint(v4, port), new IPEndPoint(v6, port)] : [new IPEndPoint(v4, port)];
}
