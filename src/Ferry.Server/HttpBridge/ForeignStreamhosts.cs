using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Ferry.Net.Socks5;
using Ferry.Protocol.Socks5;

namespace Ferry.Server.HttpBridge;

/// <summary>
/// Connects to a relay of somebody else's in a receiver's stead: only to a host and port that the admin listed, word for word. An address in that list is
/// taken as it stands; what a name resolves to must be an address that a stranger may send us to, since names change hands.
/// </summary>
internal sealed class ForeignStreamhosts(ImmutableArray<DnsEndPoint> allowed, TimeProvider time)
{
    /// <summary>For all of them together.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(10);

    /// <summary>Streamhosts of one connect that are tried.</summary>
    private const int Most = 5;

    private static readonly StreamhostPolicy Strangers = new();

    /// <summary>Whether it is listed.</summary>
    public bool Allow(Streamhost host) =>
        allowed.Any(one => one.Port == host.Port && one.Host.Equals(host.Host, StringComparison.OrdinalIgnoreCase));

    /// <summary>The first that lets us in, in the sender's order. Null: none.</summary>
    public async Task<(Socket Socket, Streamhost Host)?> ConnectAsync(IEnumerable<Streamhost> hosts, DestinationAddress destination, CancellationToken cancellationToken)
    {
        using var budget = new CancellationTokenSource(Budget, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        foreach (var host in hosts.Where(Allow).Take(Most))
        {
            if (await TryAsync(host, destination, either.Token).ConfigureAwait(false) is { } socket) return (socket, host);
        }

        return null;
    }

    private static async Task<Socket?> TryAsync(Streamhost host, DestinationAddress destination, CancellationToken cancellationToken)
    {
        Socket? socket = null;
        try
        {
            if (await AddressAsync(host, cancellationToken).ConfigureAwait(false) is not { } address) return null;
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new IPEndPoint(address, host.Port), cancellationToken).ConfigureAwait(false);
            var result = await Socks5Client.ConnectAsync(socket, destination, cancellationToken).ConfigureAwait(false);
            if (result.IsConnected) return socket;
        }
        catch (Exception failed) when (failed is SocketException or OperationCanceledException)
        {
            // The next one, if there is time.
        }

        socket?.Dispose();
        return null;
    }

    private static async Task<IPAddress?> AddressAsync(Streamhost host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host.Host, out var literal)) return literal;
        var addresses = await Dns.GetHostAddressesAsync(host.Host, cancellationToken).ConfigureAwait(false);
        return addresses.FirstOrDefault(address => Strangers.Check(address, Math.Max(host.Port, 1024)) == StreamhostVerdict.Allowed);
    }
}
