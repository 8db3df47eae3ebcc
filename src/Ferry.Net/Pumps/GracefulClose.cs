using System.Net.Sockets;

namespace Ferry.Net.Pumps;

/// <summary>
/// Ends a socket's stream so that the peer gets every byte: closing with unread data in the receive buffer would send a reset, and a
/// reset makes libpurple and ejabberd drop the tail.
/// </summary>
public static class GracefulClose
{
    /// <summary>How long the peer's FIN is waited for.</summary>
    public static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Shuts sending down, reads and drops what comes until the peer's FIN, at most <paramref name="wait"/> (default 5 s), and closes. With
    /// <paramref name="whileItMoves"/> the wait begins anew as long as the other end's system goes on taking what was handed to ours: megabytes may be under
    /// way, and a thin line needs its time for them. Never throws for what the network does; the caller's cancellation closes at once and throws.
    /// </summary>
    public static async Task<CloseEnd> CloseAsync(
        Socket socket, TimeSpan? wait = null, TimeProvider? timeProvider = null, bool whileItMoves = false, CancellationToken cancellationToken = default)
    {
        var dropped = new byte[4096];
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            while (true)
            {
                var taken = TakenBytes(socket);
                if (await EndsAsync(socket, dropped, wait ?? DefaultWait, timeProvider ?? TimeProvider.System, cancellationToken).ConfigureAwait(false)) return CloseEnd.PeerClosed;
                if (!whileItMoves || TakenBytes(socket) == taken) return CloseEnd.Silent;
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return CloseEnd.Broken;
        }
        finally
        {
            socket.Dispose();
        }
    }

    private static async Task<bool> EndsAsync(Socket socket, byte[] dropped, TimeSpan wait, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(wait, timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            while (await socket.ReceiveAsync(dropped, SocketFlags.None, both.Token).ConfigureAwait(false) > 0)
            {
                both.Token.ThrowIfCancellationRequested();
            }

            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    // tcpi_bytes_acked of Linux's tcp_info; 0 where it cannot be asked, which looks like no movement.
    private static ulong TakenBytes(Socket socket)
    {
        const int tcp = 6, tcpInfo = 11, bytesAcked = 120;
        if (!OperatingSystem.IsLinux()) return 0;
        Span<byte> info = stackalloc byte[bytesAcked + sizeof(ulong)];
        return socket.GetRawSocketOption(tcp, tcpInfo, info) == info.Length ? BitConverter.ToUInt64(info[bytesAcked..]) : 0;
    }
}
