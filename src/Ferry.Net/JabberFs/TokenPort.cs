using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Ferry.Net.Listening;
using Ferry.Net.Socks5;
using Ferry.Protocol.JabberFs;

namespace Ferry.Net.JabberFs;

/// <summary>
/// A port for one transfer: the first connection that says the token gets in, then it is closed. Whoever says something else, nothing, or too much is dropped
/// without an answer; after <see cref="MostBadSockets"/> of them nobody gets in any more. Reads nothing behind the token.
/// </summary>
public sealed class TokenPort : IAsyncDisposable
{
    /// <summary>Connections without the token that are borne.</summary>
    public const int MostBadSockets = 10;

    /// <summary>Connections that have not said the token yet; one more ends the oldest, so that silent ones keep nobody out.</summary>
    public const int MostWaiting = 16;

    private readonly TokenPortOptions _options;
    private readonly byte[]? _preamble;
    private readonly ImmutableArray<Socket> _sockets;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<Socket> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly LinkedList<CancellationTokenSource> _waiting = [];
    private readonly HashSet<Task> _running = [];
    private readonly Task[] _accepting;
    private int _bad;
    private bool _disposed;

    private TokenPort(ImmutableArray<Socket> sockets, TokenPortOptions options)
    {
        _sockets = sockets;
        _options = options;
        _preamble = options.Token is null ? null : JabberFsPreamble.Write(options.Token);
        Port = ((IPEndPoint)sockets[0].LocalEndPoint!).Port;
        _accepting = [.. sockets.Select(socket => Task.Run(() => AcceptAsync(socket)))];
    }

    /// <summary>The port of all addresses.</summary>
    public int Port { get; }

    /// <summary>Completes with the connection that got in, which is then the caller's; cancelled when the port closes before.</summary>
    public Task<Socket> Connected => _connected.Task;

    /// <summary>Begins to listen. False, with the last error, when no port is free.</summary>
    public static bool TryOpen(TokenPortOptions options, [NotNullWhen(true)] out TokenPort? port, out SocketError error)
    {
        error = SocketError.AddressNotAvailable;
        foreach (var range in options.Ports.DefaultIfEmpty(PortRange.Any))
        {
            if (ListeningSockets.Bind(options.Addresses, range, out error) is not { IsEmpty: false } sockets) continue;
            port = new TokenPort(sockets, options);
            return true;
        }

        port = null;
        return false;
    }

    /// <summary>Closes the port and every connection that did not get in.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            running = [.. _running];
        }

        await CloseAsync().ConfigureAwait(false);
        await Task.WhenAll([.. _accepting, .. running]).ConfigureAwait(false);
        _connected.TrySetCanceled();
        _stop.Dispose();
    }

    private async Task CloseAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (var socket in _sockets) socket.Dispose();
    }

    private async Task AcceptAsync(Socket listening)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Begin(await listening.AcceptAsync(_stop.Token).ConfigureAwait(false));
            }
            catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // Gone before it was taken, or no descriptors left: the next one may fare better.
                if (!await PauseAsync().ConfigureAwait(false)) return;
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
            if (_disposed || _bad >= MostBadSockets || _connected.Task.IsCompleted || !IsAdmitted(socket))
            {
                socket.Dispose();
                return;
            }

            var limit = new CancellationTokenSource(_options.PreambleTime, _options.TimeProvider);
            _waiting.AddLast(limit);
            if (_waiting.Count > MostWaiting)
            {
                _ = _waiting.First!.Value.CancelAsync();
                _waiting.RemoveFirst();
            }

            var serving = Task.Run(() => ServeAsync(socket, limit));
            _running.Add(serving);
            _ = serving.ContinueWith(Ended, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        void Ended(Task task)
        {
            lock (_lock) _running.Remove(task);
        }
    }

    private bool IsAdmitted(Socket socket) => socket.RemoteEndPoint is IPEndPoint from && _options.Admits(from.Address);

    private async Task ServeAsync(Socket socket, CancellationTokenSource limit)
    {
        var kept = false;
        try
        {
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
            socket.NoDelay = true;
            kept = await SaysTokenAsync(socket, both.Token).ConfigureAwait(false) && _connected.TrySetResult(socket);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // A stranger's connection ended; nobody waits for it.
        }
        finally
        {
            lock (_lock)
            {
                _waiting.Remove(limit);
                if (!kept) _bad++;
            }

            if (!kept) socket.Dispose();
            limit.Dispose();
        }

        if (kept || _bad >= MostBadSockets) await CloseAsync().ConfigureAwait(false);
    }

    // As many bytes as the token's preamble has, and none of the file's.
    private async Task<bool> SaysTokenAsync(Socket socket, CancellationToken cancellationToken)
    {
        if (_preamble is null) return true;
        var said = new byte[_preamble.Length];
        var length = 0;
        while (length < said.Length)
        {
            var read = await socket.ReceiveAsync(said.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (read == 0) return false;
            length += read;
            if (JabberFsPreamble.Read(said.AsSpan(0, length)).IsNone) return false;
        }

        return CryptographicOperations.FixedTimeEquals(said, _preamble);
    }
}
