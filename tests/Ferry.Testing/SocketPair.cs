using System.Net;
using System.Net.Sockets;

namespace Ferry.Testing;

/// <summary>Two ends of one TCP connection over loopback.</summary>
public sealed class SocketPair : IDisposable
{
    private SocketPair(Socket one, Socket other) => (One, Other) = (one, other);

    public Socket One { get; }

    public Socket Other { get; }

    public static async Task<SocketPair> OpenAsync()
    {
        using var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen(1);
        var one = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Task<Socket> accepting = listening.AcceptAsync();
        await one.ConnectAsync(listening.LocalEndPoint!);
        return new SocketPair(one, await accepting);
    }

    public void Dispose()
    {
        One.Dispose();
        Other.Dispose();
    }
}
