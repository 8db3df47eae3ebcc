using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Ferry.Tests.Replays;

/// <summary>A SOCKS5 bytestreams proxy on loopback: holds two connections for each destination and joins them when it is told to.</summary>
internal sealed class LoopbackProxy : IAsyncDisposable
{
    public const string Jid = "proxy.localhost";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<string, ConcurrentQueue<NetworkStream>> _waiting = new();
    private readonly Task _run;

    public LoopbackProxy()
    {
        _listener.Start();
        _run = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Joins the two connections for that destination; what came before goes across, too. False when there are no two.</summary>
    public bool Activate(string destination)
    {
        if (!_waiting.TryGetValue(destination, out var pair) || pair.Count != 2) return false;
        var ends = pair.ToArray();
        _ = PassAsync(ends[0], ends[1]);
        _ = PassAsync(ends[1], ends[0]);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _run;
        foreach (var stream in _waiting.Values.SelectMany(streams => streams)) await stream.DisposeAsync();
    }

    private static async Task PassAsync(NetworkStream from, NetworkStream to)
    {
        try
        {
            await from.CopyToAsync(to);
            to.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception over) when (over is IOException or SocketException or ObjectDisposedException)
        {
            // One end went away.
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = GreetAsync(new NetworkStream(await _listener.AcceptSocketAsync(), ownsSocket: true));
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task GreetAsync(NetworkStream stream)
    {
        var destination = await RawSocks5.ServeAsync(stream, "echo");
        _waiting.GetOrAdd(destination, _ => new ConcurrentQueue<NetworkStream>()).Enqueue(stream);
        await stream.WriteAsync(RawSocks5.Echo(destination));
    }
}
