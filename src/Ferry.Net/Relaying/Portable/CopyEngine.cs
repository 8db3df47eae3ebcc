using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Ferry.Net.Socks5;
using Ferry.Protocol.Socks5;

namespace Ferry.Net.Relaying.Portable;

/// <summary>The relay for systems without splice(2): a task for each exchange and each direction, with buffers from the pool.</summary>
internal sealed class CopyEngine : IRelayEngine
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly ImmutableArray<Socket> _listeners;
    private readonly RelayEngineOptions _options;
    private readonly IRelayGate _gate;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopping;
    private readonly Lock _lock = new();

    /// <summary>Oldest first; bounded by MaxHandshakes.</summary>
    private readonly LinkedList<CopyConnection> _handshakes = [];
    private readonly ConcurrentDictionary<CopyConnection, bool> _held = new();
    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private readonly Task[] _accepting;
    private readonly Task _sweep;
    private bool _disposed;

    internal CopyEngine(ImmutableArray<Socket> listeners, RelayEngineOptions options, IRelayGate gate)
    {
        (_listeners, _options, _gate, _stopping) = (listeners, options, gate, _stop.Token);
        EndPoints = [.. listeners.Select(listener => (IPEndPoint)listener.LocalEndPoint!)];
        _accepting = [.. listeners.Select(listener => Task.Run(() => AcceptAsync(listener)))];
        _sweep = Task.Run(SweepAsync);
    }

    /// <inheritdoc/>
    public string Method => "copy";

    /// <inheritdoc/>
    public ImmutableArray<IPEndPoint> EndPoints { get; }

    /// <inheritdoc/>
    public int Handshakes
    {
        get
        {
            lock (_lock)
            {
                return _handshakes.Count;
            }
        }
    }

    /// <inheritdoc/>
    public RelayFlow Join(RelayConnection first, RelayConnection second, RelayTerms terms)
    {
        var cancel = CancellationTokenSource.CreateLinkedTokenSource(_stopping);
        var flow = new RelayFlow(terms, () =>
        {
            try
            {
                cancel.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It ended by itself.
            }
        });
        Track(JoinAsync((CopyConnection)first, (CopyConnection)second, flow, cancel));
        return flow;
    }

    /// <inheritdoc/>
    public async Task<Socket?> TakeAsync(RelayConnection connection)
    {
        var taken = (CopyConnection)connection;
        if (!_held.TryRemove(taken, out _))
        {
            return null;
        }

        await taken.ReleaseAsync().ConfigureAwait(false);
        return taken.Socket;
    }

    /// <inheritdoc/>
    public void Drop(RelayConnection connection) => Track(DropAsync(connection));

    /// <inheritdoc/>
    public void StopListening()
    {
        foreach (Socket listener in _listeners)
        {
            listener.Dispose();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        StopListening();
        await Task.WhenAll(_accepting).ConfigureAwait(false);
        await _sweep.ConfigureAwait(false);
        lock (_lock)
        {
            foreach (CopyConnection silent in _handshakes)
            {
                silent.Socket.Dispose();
            }
        }

        foreach (CopyConnection connection in _held.Keys)
        {
            await DropAsync(connection).ConfigureAwait(false);
        }

        while (_running.Keys.ToArray() is { Length: > 0 } running)
        {
            await Task.WhenAll(running).ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    private async Task DropAsync(RelayConnection connection) => (await TakeAsync(connection).ConfigureAwait(false))?.Dispose();

    private async Task JoinAsync(CopyConnection first, CopyConnection second, RelayFlow flow, CancellationTokenSource cancel)
    {
        using (cancel)
        {
            Socket? one = await TakeAsync(first).ConfigureAwait(false);
            Socket? other = await TakeAsync(second).ConfigureAwait(false);
            RelayEnding ending = one is null ? RelayEnding.FirstLost : RelayEnding.SecondLost;
            if (one is not null && other is not null)
            {
                var pair = new CopyPair(first, second, flow, _options.TimeProvider);
                ending = await pair.RunAsync(cancel.Token).ConfigureAwait(false);
            }

            if (ending == RelayEnding.Done)
            {
                one!.Dispose();
                other!.Dispose();
            }
            else
            {
                if (one is not null)
                {
                    first.Reset();
                }

                if (other is not null)
                {
                    second.Reset();
                }
            }

            flow.End(ending);
        }
    }

    private void Track(Task task)
    {
        _running[task] = true;
        _ = task.ContinueWith(done => _running.TryRemove(done, out bool _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Begin(await listener.AcceptAsync(_stopping).ConfigureAwait(false));
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // The client was gone before we took it, or the listener was closed, or there are no descriptors: the oldest silent one gives way.
                if (_disposed || listener.SafeHandle.IsClosed)
                {
                    return;
                }

                EndOldest();
                await Task.Delay(Pause, _stopping).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(false);
            }
        }
    }

    private void Begin(Socket socket)
    {
        IPEndPoint remote;
        try
        {
            socket.NoDelay = true;
            remote = (IPEndPoint)socket.RemoteEndPoint!;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return;
        }

        var connection = new CopyConnection(socket, remote, _options.TimeProvider.GetTimestamp());
        bool crowded;
        lock (_lock)
        {
            _handshakes.AddLast(connection);
            crowded = _handshakes.Count > _options.MaxHandshakes;
        }

        if (crowded)
        {
            EndOldest();
        }

        Track(Task.Run(() => ServeAsync(connection)));
    }

    private void EndOldest()
    {
        lock (_lock)
        {
            if (_handshakes.First is { } oldest)
            {
                // Its task sees the end of its socket.
                oldest.Value.Socket.Dispose();
                _handshakes.Remove(oldest);
            }
        }
    }

    private async Task SweepAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping).ConfigureAwait(false))
            {
                while (OldestIsLate())
                {
                    EndOldest();
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private bool OldestIsLate()
    {
        lock (_lock)
        {
            return _handshakes.First is { } oldest && _options.TimeProvider.GetElapsedTime(oldest.Value.Since) >= _options.HandshakeTime;
        }
    }

    private async Task ServeAsync(CopyConnection connection)
    {
        bool kept = false;
        try
        {
            ServerHandshakeStep? asking = await Socks5Server.ExchangeAsync(connection.Socket, CancellationToken.None).ConfigureAwait(false);
            kept = asking is { Destination: { } destination } step && await AskAsync(connection, step, destination).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // A stranger's connection ended; nobody waits for it.
        }
        finally
        {
            lock (_lock)
            {
                _handshakes.Remove(connection);
            }

            connection.Answered.TrySetResult();
            if (!kept)
            {
                connection.Socket.Dispose();
            }
        }
    }

    private async Task<bool> AskAsync(CopyConnection connection, ServerHandshakeStep step, DestinationAddress destination)
    {
        lock (_lock)
        {
            _handshakes.Remove(connection);
        }

        // Held before the gate knows of it: what the gate does at once finds it here and waits for the reply.
        _held[connection] = true;
        Socks5ReplyCode code = _gate.Arrived(connection, destination);
        try
        {
            await connection.Socket.SendAsync(step.Answer(code)).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // The look-out sees it, too.
        }

        if (code == Socks5ReplyCode.Succeeded)
        {
            connection.LookOut = LookOutAsync(connection);
            connection.Answered.TrySetResult();
            return true;
        }

        return !_held.TryRemove(connection, out _);
    }

    /// <summary>Sees a held client leave, without reading a byte of what it may have sent.</summary>
    private async Task LookOutAsync(CopyConnection connection)
    {
        try
        {
            await connection.Socket.ReceiveAsync(Memory<byte>.Empty, connection.Watch).ConfigureAwait(false);
            byte[] one = new byte[1];
            if (await connection.Socket.ReceiveAsync(one, SocketFlags.Peek, connection.Watch).ConfigureAwait(false) == 0)
            {
                connection.SayClosed();
            }

            return;
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (SocketException)
        {
            // Reset.
        }

        if (_held.TryRemove(connection, out _))
        {
            connection.Socket.Dispose();
            _gate.Left(connection);
        }
    }
}
