using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Ferry.Tests.Replays;

/// <summary>SOCKS5 as other clients write it, byte by byte and without any code of ours.</summary>
internal static class RawSocks5
{
    /// <summary>Their DST.ADDR.</summary>
    public static string Destination(string sid, string requester, string target) => Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(sid + requester + target)));

    /// <summary>Connects as a target does.</summary>
    public static async Task<NetworkStream> ConnectAsync(string host, int port, string destination)
    {
        var address = IPAddress.Parse(host);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address, port);
        var stream = new NetworkStream(socket, ownsSocket: true);
        await stream.WriteAsync(new byte[] { 5, 1, 0 });
        (await ReadAsync(stream, 2)).ShouldBe([5, 0]);
        await stream.WriteAsync((byte[])[5, 1, 0, 3, 40, .. Encoding.ASCII.GetBytes(destination), 0, 0]);
        var head = await ReadAsync(stream, 5);
        head[..4].ShouldBe([5, 0, 0, 3]);
        await ReadAsync(stream, head[4] + 2);
        return stream;
    }

    /// <summary>
    /// Takes a connection as a streamhost up to its wish, which is given back. In libpurple's <paramref name="manner"/> the answer holds its own address
    /// and not the wish; <c>echo</c> leaves the answer to the caller.
    /// </summary>
    public static async Task<string> ServeAsync(NetworkStream stream, string manner)
    {
        var greeting = await ReadAsync(stream, 2);
        await ReadAsync(stream, greeting[1]);
        await stream.WriteAsync(new byte[] { 5, 0 });
        var head = await ReadAsync(stream, 5);
        head.ShouldBe([5, 1, 0, 3, 40]);
        var destination = Encoding.ASCII.GetString(await ReadAsync(stream, 40));
        (await ReadAsync(stream, 2)).ShouldBe([0, 0]); // libpurple ends the transfer at any other port
        if (manner == "libpurple") await stream.WriteAsync((byte[])[5, 0, 0, 3, 9, .. "127.0.0.1"u8, 0x12, 0x34]);
        return destination;
    }

    /// <summary>The answer of all others.</summary>
    public static byte[] Echo(string destination) => [5, 0, 0, 3, 40, .. Encoding.ASCII.GetBytes(destination), 0, 0];

    private static async Task<byte[]> ReadAsync(NetworkStream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }
}
