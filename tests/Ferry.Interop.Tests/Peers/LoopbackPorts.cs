using System.Net;
using System.Net.Sockets;
using Ferry.Testing;

namespace Ferry.Interop.Tests.Peers;

/// <summary>Ports of 127.0.0.1 for servers that cannot choose one by themselves.</summary>
internal static class LoopbackPorts
{
    /// <summary>Ports that were free a moment ago, no two the same.</summary>
    public static int[] Free(int count) => [.. Enumerable.Range(0, count).Select(_ => FreePorts.Take())];

    /// <summary>Waits until every port takes a connection. False when <paramref name="server"/> ended first, or did not get there within <paramref name="limit"/>.</summary>
    public static async Task<bool> Answer(IEnumerable<int> ports, ChildProcess server, TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit);
        foreach (var port in ports)
        {
            if (!await Answers(port, server, deadline.Token))
            {
                return false;
            }
        }

        return true;
    }

    private static async Task<bool> Answers(int port, ChildProcess server, CancellationToken cancellationToken)
    {
        while (!server.HasExited && !cancellationToken.IsCancellationRequested)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return true;
            }
            catch (SocketException)
            {
                await Task.Delay(50, CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }

        return false;
    }
}
