using System.Net;
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
    Socket socket, string method, bool sending, TimeSpan idleTimeout, TimeProvider time, bool leaveEndToSender = false, bool peerCloses = false) : ByteChannel
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly CancellationTokenSource _closed = new();
    private volatile bool _reset;
    private volatile MethodFailure? _endedHere;
    private Task _watching = Task.CompletedTask;

    /// <inheritdoc/>
    public override string Method => method;

    /// <inheritdoc/>
    public override Stream Stream => _stream;

    /// <inheritdoc/>
    public override TimeSpan IdleTimeout => idleTimeout;

    /// <inheritdoc/>
    public override MethodFailure? EndedHere => _endedHere;

    /// <summary>Ends it at once when this machine loses the address of its end: it would be silent until the idle time is over.</summary>
    public Socks5Channel Watching(INetworkWatch network)
    {
        if (socket.LocalEndPoint is IPEndPoint own) _watching = WatchAsync(network, own.Address);
        return this;
    }

    /// <inheritdoc/>
    public override async Task<MethodFailure?> CompleteAsync(CancellationToken cancellationToken)
    {
        if (sending) return await FinishSendingAsync(cancellationToken).ConfigureAwait(false);
        if (leaveEndToSender) await AwaitEndAsync(cancellationToken).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
        return null;
    }

    /// <inheritdoc/>
    public override async Task<MethodFailure> PeerLeftAsync(CancellationToken cancellationToken)
    {
        var dropped = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(dropped, cancellationToken).ConfigureAwait(false) > 0)
            {
                // Nothing is due from a receiver: whatever comes is dropped.
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            _reset = true; // told once only: who reads after this sees an end in order
        }

        return _endedHere ?? new MethodFailure(FailureReason.CancelledByPeer, Side.Peer, "the peer closed the connection");
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
    public override async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private async Task WatchAsync(INetworkWatch network, IPAddress own)
    {
        using var address = new AddressLoss(network, own);
        try
        {
            await address.Lost.WaitAsync(_closed.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return; // it ended before
        }

        _endedHere = new MethodFailure(FailureReason.StreamLost, Side.Network, $"this machine no longer has the address {own} that the stream was connected from");
        await AbortAsync(AbortCause.Failed).ConfigureAwait(false);
    }

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
        if (_reset) return _endedHere ?? ClosedTooSoon;
        try
        {
            var end = await GracefulClose.CloseAsync(socket, peerCloses ? idleTimeout : null, time, whileItMoves: peerCloses, cancellationToken).ConfigureAwait(false);
            return end switch
            {
                CloseEnd.Broken => _endedHere ?? ClosedTooSoon,
                CloseEnd.Silent when peerCloses => new MethodFailure(
                    FailureReason.Stalled, Side.Network, $"everything was sent, but the other end has not confirmed that it kept it: it did not take the last bytes within {idleTimeout.TotalSeconds:0.#} s"),
                // Some peers never close; everything was handed over.
                _ => null,
            };
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    private static MethodFailure ClosedTooSoon => new(FailureReason.CancelledByPeer, Side.Peer, "the peer closed the connection before it had everything");
}
