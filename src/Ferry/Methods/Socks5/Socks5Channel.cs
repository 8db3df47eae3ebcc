using System.Net.Sockets;

namespace Ferry.Methods.Socks5;

/// <summary>
/// The bytes of a SOCKS5 bytestream: a plain TCP connection. There is no end mark besides the close, so the sender closes after the last byte
/// and waits for the peer's close; a reset instead of it means that the peer did not take everything. A receiver may have to leave the end to the
/// sender: a proxy whose target is gone before its activation refuses the sender, and an empty file has no byte that shows that it was activated.
/// </summary>
internal sealed class Socks5Channel(Socket socket, string method, bool sending, TimeSpan idleTimeout, TimeProvider time, bool leaveEndToSender = false) : ByteChannel
{
    /// <summary>How long the peer's FIN is waited for after the last byte (protocols of the field: 5 s).</summary>
    private static readonly TimeSpan CloseWait = TimeSpan.FromSeconds(5);

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);

    /// <inheritdoc/>
    public override string Method => method;

    /// <inheritdoc/>
    public override Stream Stream => _stream;

    /// <inheritdoc/>
    public override TimeSpan IdleTimeout => idleTimeout;

    /// <inheritdoc/>
    public override async Task<MethodFailure?> CompleteAsync(CancellationToken cancellationToken)
    {
        if (sending) return await FinishSendingAsync(cancellationToken).ConfigureAwait(false);
        if (leaveEndToSender) await AwaitEndAsync(cancellationToken).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
        return null;
    }

    /// <inheritdoc/>
    public override Task AbortAsync(AbortCause cause)
    {
        // A reset tells the peer at once; a sender's FIN would look like an end in order to peers that do not know the size.
        // Not by disposing the stream, which shuts the socket down first: that is a FIN, and to a sender it says that we have everything.
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception closed) when (closed is ObjectDisposedException or SocketException)
        {
            // Closed already: cancelled while the peer's close was waited for.
        }

        socket.Dispose();
        _stream.Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task AwaitEndAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(idleTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await socket.ReceiveAsync(new byte[1], both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Some senders never end an empty stream; everything is here.
        }
        catch (SocketException)
        {
            // An end is an end: nothing was due any more.
        }
    }

    private async Task<MethodFailure?> FinishSendingAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(CloseWait, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var dropped = new byte[4096];
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            while (await socket.ReceiveAsync(dropped, both.Token).ConfigureAwait(false) > 0 && !both.IsCancellationRequested)
            {
                // Nothing is due from a receiver: whatever comes is dropped.
            }

            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null; // some peers never close; everything was handed over
        }
        catch (SocketException)
        {
            return new MethodFailure(FailureReason.CancelledByPeer, Side.Peer, "the peer closed the connection before it had everything");
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }
}
