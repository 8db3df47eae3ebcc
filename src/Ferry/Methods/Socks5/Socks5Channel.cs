using System.Net.Sockets;
using Ferry.Net.Dialing;
using Ferry.Net.Pumps;

namespace Ferry.Methods.Socks5;

/// <summary>
/// The bytes of a SOCKS5 bytestream: a plain TCP connection. There is no end mark besides the close, so the sender closes after the last byte
/// and waits for the peer's close; a reset instead of it means that the peer did not take everything. A receiver may have to leave the end to the
/// sender: a proxy whose target is gone before its activation refuses the sender, and an empty file has no byte that shows that it was activated.
/// Of a peer that is known to close when it has everything, silence behind the last byte is a stall; others are waited for 5 s.
/// </summary>
internal sealed class Socks5Channel(
    Socket socket, string method, bool sending, TimeSpan idleTimeout, TimeProvider time, INetworkWatch? network = null, bool leaveEndToSender = false, bool peerCloses = false)
    : SocketChannel(socket, idleTimeout, network)
{
    /// <inheritdoc/>
    public override string Method => method;

    /// <inheritdoc/>
    public override async Task<MethodFailure?> CompleteAsync(CancellationToken cancellationToken)
    {
        if (sending) return await FinishSendingAsync(cancellationToken).ConfigureAwait(false);
        if (leaveEndToSender) await AwaitEndAsync(cancellationToken).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
        return null;
    }

    private async Task AwaitEndAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(IdleTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await Socket.ReceiveAsync(new byte[1], both.Token).ConfigureAwait(false);
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
        if (WasReset) return ClosedTooSoon;
        try
        {
            var end = await GracefulClose.CloseAsync(Socket, peerCloses ? IdleTimeout : null, time, whileItMoves: peerCloses, cancellationToken).ConfigureAwait(false);
            return end switch
            {
                CloseEnd.Broken => ClosedTooSoon,
                CloseEnd.Silent when peerCloses => new MethodFailure(
                    FailureReason.Stalled, Side.Network, $"everything was sent, but the other end has not confirmed that it kept it: it did not take the last bytes within {IdleTimeout.TotalSeconds:0.#} s"),
                // Some peers never close; everything was handed over.
                _ => null,
            };
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }
}
