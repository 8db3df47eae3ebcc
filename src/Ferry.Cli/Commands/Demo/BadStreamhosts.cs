using System.Net;
using System.Net.Sockets;

namespace Ferry.Cli.Commands.Demo;

/// <summary>The two streamhosts of Spark's flow that lead nowhere: one refuses connections, the other takes them and never says a word.</summary>
internal sealed class BadStreamhosts : IDisposable
{
    // Bound and not listening: the system refuses whoever connects, and nobody else can get the port.
    private readonly Socket _refusing = Bound();
    private readonly Socket _silent = Bound();

    public BadStreamhosts() => _silent.Listen();

    /// <summary>As <see cref="FerryOptions.Advertise"/> takes them.</summary>
    public IReadOnlyList<string> Addresses => [_refusing.LocalEndPoint!.ToString()!, _silent.LocalEndPoint!.ToString()!];

    public void Dispose()
    {
        _refusing.Dispose();
        _silent.Dispose();
    }

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
