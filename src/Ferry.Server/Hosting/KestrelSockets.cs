using System.Net;
using System.Net.Sockets;

namespace Ferry.Server.Hosting;

/// <summary>How Kestrel's listeners are bound here.</summary>
public static class KestrelSockets
{
    /// <summary>An address is what it says: <c>0.0.0.0</c> and <c>[::]</c> stand beside each other, where Kestrel's own <c>[::]</c> takes IPv4 with it.</summary>
    /// <exception cref="SocketException">It can't be had.</exception>
    public static Socket Bind(EndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endpoint.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = false;
            socket.Bind(endpoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
