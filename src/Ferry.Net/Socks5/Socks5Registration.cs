using System.Net;
using System.Net.Sockets;
using Ferry.Protocol.Socks5;

namespace Ferry.Net.Socks5;

/// <summary>
/// One destination that a <see cref="Socks5Listener"/> expects. Keeps the connections that named it until one is taken; disposing of it
/// closes the others and refuses further ones.
/// </summary>
public sealed class Socks5Registration : IDisposable
{
    private readonly Socks5Listener _listener;
    private readonly int _maxSockets;
    private readonly Lock _lock = new();
    private readonly List<Socks5Accepted> _kept = [];
    private TaskCompletionSource _arrival = NewArrival();
    private int _count;
    private bool _closed;

    internal Socks5Registration(Socks5Listener listener, DestinationAddress destination, int maxSockets)
    {
        _listener = listener;
        Destination = destination;
        _maxSockets = maxSockets;
    }

    /// <summary>What peers must ask for.</summary>
    public DestinationAddress Destination { get; }

    /// <summary>Connections kept now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _kept.Count;
            }
        }
    }

    /// <summary>
    /// The connection to write to once the peer has answered with our own JID: of those that the peer hasn't closed the one that came in
    /// by the earliest address of <paramref name="listed"/> (slixmpp keeps all its connections and reads from that one), then the earliest.
    /// The others are closed, later ones refused. Waits when there is none yet.
    /// </summary>
    /// <param name="listed">Our addresses in the order of the offer.</param>
    /// <param name="empty">
    /// No byte will cross: then a connection that the peer has closed already will do, since a receiver who knows that nothing comes need not wait.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The caller's token.</exception>
    /// <exception cref="ObjectDisposedException">The registration or the listener was closed.</exception>
    public Task<Socks5Accepted> TakeAsync(IReadOnlyList<IPAddress> listed, bool empty, CancellationToken cancellationToken) =>
        TakeAsync(listed, empty, keepOthers: false, cancellationToken);

    /// <summary>The same, where with <paramref name="keepOthers"/> the others stay open until this is disposed of, and further ones are let in.</summary>
    public async Task<Socks5Accepted> TakeAsync(IReadOnlyList<IPAddress> listed, bool empty, bool keepOthers, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task arrival;
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                if (Choose(listed, empty) is { } chosen)
                {
                    _kept.Remove(chosen);
                    if (!keepOthers)
                    {
                        Close();
                    }

                    return chosen;
                }

                arrival = _arrival.Task;
            }

            await arrival.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            Close();
        }
    }

    /// <summary>Before the reply is sent: is there room for one more?</summary>
    internal bool HasRoom()
    {
        lock (_lock)
        {
            return !_closed && _kept.Count < _maxSockets;
        }
    }

    /// <summary>Keeps the socket; false, and the caller closes it, when there is no room or nobody waits any more.</summary>
    internal bool TryKeep(Socket socket)
    {
        lock (_lock)
        {
            if (_closed || _kept.Count >= _maxSockets)
            {
                return false;
            }

            _kept.Add(new Socks5Accepted(socket, Plain(socket.LocalEndPoint!), Plain(socket.RemoteEndPoint!), _count++));
            TaskCompletionSource arrived = _arrival;
            _arrival = NewArrival();
            arrived.SetResult();
            return true;
        }
    }

    private Socks5Accepted? Choose(IReadOnlyList<IPAddress> listed, bool empty)
    {
        Socks5Accepted[] dead = empty ? [] : [.. _kept.Where(accepted => IsClosedByPeer(accepted.Socket))];
        foreach (Socks5Accepted accepted in dead)
        {
            _kept.Remove(accepted);
            accepted.Socket.Dispose();
        }

        return _kept.OrderBy(accepted => Place(accepted.Local.Address, listed)).ThenBy(accepted => accepted.Order).FirstOrDefault();
    }

    private void Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _listener.Forget(this);
        foreach (Socks5Accepted accepted in _kept)
        {
            accepted.Socket.Dispose();
        }

        _kept.Clear();
        _arrival.TrySetResult();
    }

    private static TaskCompletionSource NewArrival() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static int Place(IPAddress address, IReadOnlyList<IPAddress> listed)
    {
        for (int i = 0; i < listed.Count; i++)
        {
            if (listed[i].Equals(address))
            {
                return i;
            }
        }

        return listed.Count;
    }

    /// <summary>Readable with nothing to read is the peer's FIN.</summary>
    private static bool IsClosedByPeer(Socket socket)
    {
        try
        {
            return socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static IPEndPoint Plain(EndPoint endPoint)
    {
        var ip = (IPEndPoint)endPoint;
        return ip.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(ip.Address.MapToIPv4(), ip.Port) : ip;
    }
}
