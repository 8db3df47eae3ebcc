using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Ferry.Net.Socks5;

namespace Ferry.Net.Listening;

/// <summary>One port on several addresses.</summary>
internal static class ListeningSockets
{
    /// <summary>With port 0 the system's choice may be taken on the next address.</summary>
    private const int SystemChoices = 16;

    /// <summary>
    /// Listens on the first port of the range that is free on all addresses. An address that this machine doesn't have is passed over as long as another one
    /// works. Empty, with the last error, when no port is free on all the others, or there is no such address.
    /// </summary>
    public static ImmutableArray<Socket> Bind(ImmutableArray<IPAddress> addresses, PortRange ports, out SocketError error)
    {
        error = SocketError.AddressNotAvailable;
        IEnumerable<int> candidates = ports == PortRange.Any ? Enumerable.Repeat(0, SystemChoices) : Enumerable.Range(ports.First, ports.Last - ports.First + 1);
        foreach (int port in candidates)
        {
            if (Bind(addresses, port, out error) is { IsEmpty: false } sockets)
            {
                return sockets;
            }
        }

        return [];
    }

    private static ImmutableArray<Socket> Bind(ImmutableArray<IPAddress> addresses, int port, out SocketError error)
    {
        error = SocketError.AddressNotAvailable;
        var bound = new List<Socket>();
        foreach (IPAddress address in addresses)
        {
            Socket? socket = null;
            try
            {
                socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                if (address.AddressFamily == AddressFamily.InterNetworkV6)
                {
                    socket.DualMode = false;
                }

                socket.Bind(new IPEndPoint(address, port));
                socket.Listen(128);
                bound.Add(socket);
                port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            }
            catch (SocketException missing) when (missing.SocketErrorCode
                is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported or SocketError.ProtocolFamilyNotSupported)
            {
                socket?.Dispose();
                error = missing.SocketErrorCode;
            }
            catch (SocketException taken)
            {
                socket?.Dispose();
                bound.ForEach(other => other.Dispose());
                error = taken.SocketErrorCode;
                return [];
            }
        }

        return [.. bound];
    }
}
