using System.Net.Sockets;
using System.Text;
using Ferry.Daemon.Configuration;

namespace Ferry.Daemon.Systemd;

/// <summary>What systemd is told (sd_notify(3)): one datagram for each word, to the socket that <c>NOTIFY_SOCKET</c> names. Without one, nothing.</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly Socket? _socket;
    private readonly UnixDomainSocketEndPoint? _to;

    private NotifySocket(string? path)
    {
        if (path is not ['/' or '@', _, ..] || OperatingSystem.IsWindows()) return;
        // '@' is how an abstract address is written: a zero byte in its place.
        _to = new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path);
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
    }

    public bool IsThere => _socket is not null;

    public static NotifySocket Open(IReadOnlyDictionary<string, string> environment) => new(environment.GetValueOrDefault("NOTIFY_SOCKET"));

    // A status may quote what a server said: a line break in it would be a word of its own to systemd.

    /// <summary>The service is ready.</summary>
    public void Ready(string status) => Send($"READY=1\nSTATUS={Readable.Sentence(status)}");

    /// <summary>The service is stopping.</summary>
    public void Stopping(string status) => Send($"STOPPING=1\nSTATUS={Readable.Sentence(status)}");

    /// <summary>What `systemctl status` shows.</summary>
    public void Status(string status) => Send($"STATUS={Readable.Sentence(status)}");

    /// <summary>A sign of life.</summary>
    public void Watchdog() => Send("WATCHDOG=1");

    public void Dispose() => _socket?.Dispose();

    private void Send(string message)
    {
        if (_socket is null) return;
        try
        {
            var bytes = Encoding.UTF8.GetBytes(message);
            _socket.SendTo(bytes, SocketFlags.None, _to!);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            // Nobody listens, or its queue is full: nothing of ours depends on it.
        }
    }
}
