using System.Net.Sockets;
using Ferry.Net.Relaying;

namespace Ferry.Net.Tests.Relaying;

/// <summary>Two joined clients.</summary>
internal sealed record RelayScene(Socket First, Socket Second, RelayFlow Flow)
{
    internal static byte[] Bytes(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    internal static async Task SendAllAsync(Socket socket, byte[] bytes)
    {
        for (int sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent));
        }
    }

    /// <summary>Everything up to the end of the stream; null when the connection was reset.</summary>
    internal static async Task<byte[]?> ReadAllAsync(Socket socket)
    {
        var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer) is > 0 and var got)
            {
                all.Write(buffer, 0, got);
            }
        }
        catch (SocketException)
        {
            return null;
        }

        return all.ToArray();
    }

    internal static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }
}
