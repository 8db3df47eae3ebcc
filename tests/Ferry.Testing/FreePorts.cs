using System.Net;
using System.Net.Sockets;

namespace Ferry.Testing;

/// <summary>
/// Ports for servers that have to be told one. Not of those that the system gives to whoever asks for any: one of those may be an outgoing connection's by the time the server begins, or begins again.
/// </summary>
public static class FreePorts
{
    private const int Lowest = 20_000;
    private const int Highest = 32_000; // Linux gives away those from 32768 on

    private static int _last = Random.Shared.Next(Lowest, Highest);

    /// <summary>A port that nobody has just now, at any address of IPv4; another one each time.</summary>
    public static int Take()
    {
        while (true)
        {
            var port = Lowest + (int)((uint)Interlocked.Increment(ref _last) % (Highest - Lowest));
            if (IsFree(port)) return port;
        }
    }

    private static bool IsFree(int port)
    {
        using var probe = new TcpListener(IPAddress.Any, port);
        try
        {
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
