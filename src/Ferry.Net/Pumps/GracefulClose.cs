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
    /// Shuts sending down, reads and drops what comes until the peer's FIN, at most <paramref name="wait"/> (default 5 s), and closes.
    /// Never throws for what the network does; the caller's cancellation closes at once and throws.
    /// </summary>
    public static async Task<CloseEnd> CloseAsync(
        Socket socket, TimeSpan? wait = null, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        using var limit = new CancellationTokenSource(wait ?? DefaultWait, timeProvider ?? TimeProvider.System);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var dropped = new byte[4096];
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            while (await socket.ReceiveAsync(dropped, SocketFlags.None, both.Token).ConfigureAwait(false) > 0)
            {
                both.Token.ThrowIfCancellationRequested();
            }

            return CloseEnd.PeerClosed;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return CloseEnd.Silent;
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
}
