using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Ferry.Server.Tests.HttpBridge;

/// <summary>One HTTP connection written by hand, for what no client library would do.</summary>
internal sealed class RawHttp : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Connects and sends; <c>PATH</c> in the text stands for the URL's path.</summary>
    public static async Task<RawHttp> SendAsync(string url, string text)
    {
        var uri = new Uri(url);
        var raw = new RawHttp();
        await raw._socket.ConnectAsync(IPAddress.Parse(uri.Host), uri.Port);
        await raw.SendAsync(text.Replace("PATH", uri.AbsolutePath, StringComparison.Ordinal));
        return raw;
    }

    public Task SendAsync(string text) => _socket.SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Reads until the text has come.</summary>
    public async Task<string> ReadToAsync(string wanted)
    {
        var all = new StringBuilder();
        var buffer = new byte[4096];
        while (!all.ToString().Contains(wanted, StringComparison.Ordinal))
        {
            var count = await _socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(10));
            if (count == 0) throw new ShouldAssertException($"the end came before '{wanted}': {all}");
            all.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return all.ToString();
    }

    /// <summary>Reads the head and this many bytes behind it.</summary>
    public async Task ReadBodyAsync(int bytes)
    {
        var head = await ReadToAsync("\r\n\r\n");
        await ReadExactlyAsync(_socket, bytes - (head.Length - head.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4));
    }

    /// <summary>Reads this many bytes; the end before them fails the test.</summary>
    public static async Task ReadExactlyAsync(Socket socket, int bytes)
    {
        var buffer = new byte[65536];
        while (bytes > 0)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(0, Math.Min(bytes, buffer.Length))).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            count.ShouldBeGreaterThan(0, "the end came too early");
            bytes -= count;
        }
    }

    /// <summary>Everything to the end, and whether that was a reset.</summary>
    public async Task<(string Text, bool IsReset)> ReadToEndAsync()
    {
        var all = new StringBuilder();
        var buffer = new byte[65536];
        try
        {
            while (await _socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(20)) is > 0 and var count) all.Append(Encoding.Latin1.GetString(buffer, 0, count));
            return (all.ToString(), false);
        }
        catch (SocketException)
        {
            return (all.ToString(), true);
        }
    }

    /// <summary>Nothing is there to be read.</summary>
    public bool IsSilent => _socket.Available == 0;

    /// <summary>The cable is cut.</summary>
    public void Reset() => _socket.Close(0);

    public void Dispose() => _socket.Dispose();
}
