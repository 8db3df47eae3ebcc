using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Ferry.Server.LocalXmpp;

/// <summary>One listening socket for clients. Each connection runs as a tracked task.</summary>
internal sealed class C2sListener : IAsyncDisposable
{
    private const int Backlog = 512;
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly LocalXmppServer _server;
    private readonly ConnectionCounter _counter;
    private readonly bool _directTls;
    private readonly Socket _socket;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<C2sConnection, Task> _connections = new();
    private readonly Task _accepting;

    /// <summary>Listens on <paramref name="endpoint"/>; port 0 takes a free one.</summary>
    /// <exception cref="SocketException">The address cannot be had.</exception>
    public C2sListener(LocalXmppServer server, ConnectionCounter counter, IPEndPoint endpoint, bool directTls)
    {
        (_server, _counter, _directTls) = (server, counter, directTls);
        _socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Windows would let two programs share the port; elsewhere .NET sets what lets a restarted server have it at once.
            if (OperatingSystem.IsWindows()) _socket.ExclusiveAddressUse = true;
            if (endpoint.AddressFamily == AddressFamily.InterNetworkV6) _socket.DualMode = false;
            _socket.Bind(endpoint);
            _socket.Listen(Backlog);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _accepting = AcceptAsync(_stop.Token);
    }

    /// <summary>Where it listens, with the port it got.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Accepts nobody else, and ends who has not logged in yet.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        _socket.Dispose();
    }

    /// <summary>Stops, and waits for the connections; their sessions must be ended by then.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        await Task.WhenAll(_connections.Values).ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                Begin(await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException wrong)
            {
                // No descriptors left, or a client that was gone before it was accepted: neither is a reason to stop listening.
                _server.Log.LogWarning("accepting on {EndPoint}: {Reason}", EndPoint, wrong.Message);
                await Task.Delay(AcceptPause, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private void Begin(Socket socket)
    {
        var address = (socket.RemoteEndPoint as IPEndPoint)?.Address;
        if (address is null || !_counter.TryEnter(ConnectionCounter.Key(address)))
        {
            _server.Log.LogWarning("too many connections: {Address} is refused", address);
            socket.Dispose();
            return;
        }

        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        var connection = new C2sConnection(_server, socket, address, _directTls);
        var run = new Task<Task>(() => RunAsync(connection, ConnectionCounter.Key(address)));
        _connections[connection] = run.Unwrap();
        run.Start(TaskScheduler.Default);
    }

    private async Task RunAsync(C2sConnection connection, IPAddress key)
    {
        try
        {
            await connection.RunAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception wrong)
        {
            _server.Log.LogError(wrong, "a connection failed");
        }
        finally
        {
            _counter.Leave(key);
            _connections.TryRemove(connection, out _);
        }
    }
}
