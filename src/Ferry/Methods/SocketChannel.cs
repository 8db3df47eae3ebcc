using System.Net;
using System.Net.Sockets;
using Ferry.Net.Dialing;

namespace Ferry.Methods;

/// <summary>
/// The bytes of one TCP connection. It ends at once, by name, when this machine loses the address of its end: it would be silent until the idle time is over.
/// </summary>
internal abstract class SocketChannel : ByteChannel
{
    private readonly NetworkStream _stream;
    private readonly TimeSpan _idleTimeout;
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _watching;
    private volatile bool _reset;
    private volatile MethodFailure? _endedHere;

    /// <param name="socket">Connected; it is closed with the channel.</param>
    /// <param name="idleTimeout">Time without a byte that ends the transfer.</param>
    /// <param name="network">Null: a lost address is never noticed.</param>
    protected SocketChannel(Socket socket, TimeSpan idleTimeout, INetworkWatch? network)
    {
        (Socket, _stream, _idleTimeout) = (socket, new NetworkStream(socket, ownsSocket: true), idleTimeout);
        _watching = network is not null && socket.LocalEndPoint is IPEndPoint own ? WatchAsync(network, own.Address) : Task.CompletedTask;
    }

    /// <inheritdoc/>
    public sealed override Stream Stream => _stream;

    /// <inheritdoc/>
    public sealed override TimeSpan IdleTimeout => _idleTimeout;

    /// <inheritdoc/>
    public sealed override MethodFailure? EndedHere => _endedHere;

    /// <summary>The connection; not to be read or written while the pump does.</summary>
    protected Socket Socket { get; }

    /// <summary>The peer reset it while nothing was written.</summary>
    protected bool WasReset => _reset;

    /// <summary>Why a sender's stream broke behind its last byte.</summary>
    protected MethodFailure ClosedTooSoon => _endedHere ?? new MethodFailure(FailureReason.CancelledByPeer, Side.Peer, "the peer closed the connection before it had everything");

    /// <inheritdoc/>
    public sealed override async Task<MethodFailure> PeerLeftAsync(CancellationToken cancellationToken)
    {
        var dropped = new byte[4096];
        try
        {
            while (await Socket.ReceiveAsync(dropped, cancellationToken).ConfigureAwait(false) > 0)
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
    public sealed override Task AbortAsync(AbortCause cause)
    {
        // A reset tells the peer at once; a sender's FIN would look like an end in order to peers that do not know the size.
        // Not by disposing the stream, which shuts the socket down first: that is a FIN, and to a sender it says that we have everything.
        try
        {
            Socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception closed) when (closed is ObjectDisposedException or SocketException)
        {
            // Closed already: cancelled while the peer's close was waited for.
        }

        Socket.Dispose();
        _stream.Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public sealed override async ValueTask DisposeAsync()
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
}
