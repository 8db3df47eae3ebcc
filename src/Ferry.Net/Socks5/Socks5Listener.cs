using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Ferry.Net.Listening;
using Ferry.Protocol.Socks5;

namespace Ferry.Net.Socks5;

/// <summary>
/// The requester's own streamhost (XEP-0065 §5): serves every destination that is expected at the moment over one port. A peer that
/// doesn't know one gets REP 04; bytes that aren't SOCKS5 get the connection closed. A handshake has a time and reads at most 519 bytes
/// (257 of greeting, 262 of request); of too many at once the oldest ends, so that silent connections can't keep an honest one out.
/// </summary>
public sealed class Socks5Listener : IAsyncDisposable
{
    private readonly Socks5ListenerOptions _options;
    private readonly ImmutableArray<Socket> _sockets;
    private readonly ConcurrentDictionary<DestinationAddress, Socks5Registration> _expected = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();

    /// <summary>Oldest first; bounded by MaxHandshakes.</summary>
    private readonly LinkedList<Handshake> _handshakes = [];
    private readonly HashSet<Task> _running = [];
    private readonly Task[] _accepting;
    private bool _disposed;

    private Socks5Listener(ImmutableArray<Socket> sockets, Socks5ListenerOptions options)
    {
        _sockets = sockets;
        _options = options;
        EndPoints = [.. sockets.Select(socket => (IPEndPoint)socket.LocalEndPoint!)];
        _accepting = [.. sockets.Select(socket => Task.Run(() => AcceptAsync(socket)))];
    }

    /// <summary>Where it listens.</summary>
    public ImmutableArray<IPEndPoint> EndPoints { get; }

    /// <summary>The one port of all addresses.</summary>
    public int Port => EndPoints[0].Port;

    /// <summary>Handshakes under way.</summary>
    public int HandshakeCount
    {
        get
        {
            lock (_lock)
            {
                return _handshakes.Count;
            }
        }
    }

    /// <summary>
    /// Begins to listen. An address that this machine doesn't have is passed over as long as another one works. False, with the last
    /// error, when no port of the range is free on all the others, or there is no such address.
    /// </summary>
    public static bool TryStart(Socks5ListenerOptions options, [NotNullWhen(true)] out Socks5Listener? listener, out SocketError error)
    {
        listener = ListeningSockets.Bind(options.Addresses, options.Ports, out error) is { IsEmpty: false } sockets ? new Socks5Listener(sockets, options) : null;
        return listener is not null;
    }

    /// <summary>Serves one more destination until the registration is disposed of or its connection taken.</summary>
    /// <exception cref="InvalidOperationException">It is expected already: a stream id was used twice.</exception>
    public Socks5Registration Expect(DestinationAddress destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var registration = new Socks5Registration(this, destination, _options.MaxSocketsPerDestination);
        return _expected.TryAdd(destination, registration)
            ? registration
            : throw new InvalidOperationException("this destination is expected already");
    }

    /// <summary>Stops listening, ends handshakes, closes every connection that wasn't taken.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            running = [.. _running];
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (Socket socket in _sockets)
        {
            socket.Dispose();
        }

        await Task.WhenAll([.. _accepting, .. running]).ConfigureAwait(false);
        foreach (Socks5Registration registration in _expected.Values)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    internal void Forget(Socks5Registration registration) =>
        _expected.TryRemove(new KeyValuePair<DestinationAddress, Socks5Registration>(registration.Destination, registration));

    private async Task AcceptAsync(Socket listening)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Begin(await listening.AcceptAsync(_stop.Token).ConfigureAwait(false));
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // The peer was gone before we took it, or there are no descriptors left: the next one may fare better.
                if (!await PauseAsync().ConfigureAwait(false))
                {
                    return;
                }
            }
        }
    }

    private async Task<bool> PauseAsync()
    {
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), _options.TimeProvider, _stop.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Begin(Socket socket)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                socket.Dispose();
                return;
            }

            var handshake = new Handshake(socket, _options, _stop.Token);
            _handshakes.AddLast(handshake);
            if (_handshakes.Count > _options.MaxHandshakes)
            {
                _handshakes.First!.Value.Evict();
                _handshakes.RemoveFirst();
            }

            Task serving = Task.Run(() => ServeAsync(handshake));
            _running.Add(serving);
            _ = serving.ContinueWith(Ended, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        void Ended(Task task)
        {
            lock (_lock)
            {
                _running.Remove(task);
            }
        }
    }

    private async Task ServeAsync(Handshake handshake)
    {
        bool kept = false;
        try
        {
            handshake.Socket.NoDelay = true;
            ServerHandshakeStep? asking = await Socks5Server.ExchangeAsync(handshake.Socket, handshake.Token).ConfigureAwait(false);
            kept = asking is { Destination: { } destination } step && await AnswerAsync(handshake, step, destination).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // A stranger's connection ended; nobody waits for it.
        }
        finally
        {
            lock (_lock)
            {
                _handshakes.Remove(handshake);
            }

            if (!kept)
            {
                handshake.Socket.Dispose();
            }

            handshake.Dispose();
        }
    }

    /// <summary>True when the socket was kept.</summary>
    private async Task<bool> AnswerAsync(Handshake handshake, ServerHandshakeStep step, DestinationAddress destination)
    {
        Socks5ReplyCode code = !_expected.TryGetValue(destination, out Socks5Registration? registration) ? Socks5ReplyCode.HostUnreachable
            : registration.HasRoom() ? Socks5ReplyCode.Succeeded : Socks5ReplyCode.NotAllowed;
        await handshake.Socket.SendAsync(step.Answer(code), handshake.Token).ConfigureAwait(false);
        return code == Socks5ReplyCode.Succeeded && registration!.TryKeep(handshake.Socket);
    }

    /// <summary>One connection before it is anybody's.</summary>
    private sealed class Handshake : IDisposable
    {
        private readonly CancellationTokenSource _limit;
        private readonly CancellationTokenSource _both;

        internal Handshake(Socket socket, Socks5ListenerOptions options, CancellationToken stop)
        {
            Socket = socket;
            _limit = new CancellationTokenSource(options.HandshakeTime, options.TimeProvider);
            _both = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, stop);
            Token = _both.Token;
        }

        internal Socket Socket { get; }

        internal CancellationToken Token { get; }

        /// <summary>Under the listener's lock and only while it is listed, so never after Dispose.</summary>
        internal void Evict() => _ = _limit.CancelAsync();

        public void Dispose()
        {
            _both.Dispose();
            _limit.Dispose();
        }
    }
}
