using System.Net.Sockets;
using System.Text;

namespace Ferry.Daemon.Tests.Systemd;

/// <summary>The socket that systemd would listen on.</summary>
internal sealed class NotifyListener : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public NotifyListener(string path)
    {
        Path = path;
        _socket.Bind(new UnixDomainSocketEndPoint(path.StartsWith('@') ? "\0" + path[1..] : path));
    }

    public string Path { get; }

    /// <summary>The next datagram.</summary>
    public async Task<string> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, await _socket.ReceiveAsync(buffer, limit.Token));
    }

    /// <summary>The next datagram that is not a sign of life, and how many of those came before.</summary>
    public async Task<(string Message, int Watchdogs)> NextWordAsync()
    {
        var watchdogs = 0;
        while (true)
        {
            var message = await NextAsync();
            if (message != "WATCHDOG=1") return (message, watchdogs);
            watchdogs++;
        }
    }

    public void Dispose() => _socket.Dispose();
}
