using System.Net.Sockets;
using Ferry.Net.Dialing;
using Ferry.Net.Pumps;

namespace Ferry.Methods.Tcp;

/// <summary>
/// The bytes of a plain TCP connection of which both ends know how many will come. The receiver closes behind the last one: that is its transport's word that it
/// has them. The sender shuts its half and waits for that close.
/// </summary>
internal sealed class RawTcpChannel(Socket socket, bool sending, TimeSpan idleTimeout, TimeProvider time, INetworkWatch? network = null) : SocketChannel(socket, idleTimeout, network)
{
    /// <summary>How long a sender waits for the receiver's close while nothing is taken any more.</summary>
    public static readonly TimeSpan CloseWait = TimeSpan.FromSeconds(60);

    /// <summary>At a sender: completes when the receiver has said by another way that it has everything. Then no close can say otherwise.</summary>
    public Task Confirmed { get; init; } = new TaskCompletionSource().Task;

    /// <inheritdoc/>
    public override string Method => RawTcp.Name;

    /// <inheritdoc/>
    /// <remarks>The number of bytes was agreed on: nothing is waited for, and what is there too much fails the end.</remarks>
    public override Task<bool?> HasMoreAsync(TimeProvider time, CancellationToken cancellationToken) => Task.FromResult<bool?>(false);

    /// <inheritdoc/>
    public override async Task<MethodFailure?> CompleteAsync(CancellationToken cancellationToken)
    {
        if (sending) return await FinishSendingAsync(cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var excess = HasExcess();
        if (excess) await AbortAsync(AbortCause.Failed).ConfigureAwait(false);
        else await DisposeAsync().ConfigureAwait(false);
        return excess ? new MethodFailure(FailureReason.Protocol, Side.Peer, "the peer sent more bytes than it had said") : null;
    }

    // Only what is there already: the receiver does not wait for what must not come.
    private bool HasExcess()
    {
        try
        {
            return Socket.Available > 0;
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return false; // everything was read
        }
    }

    private async Task<MethodFailure?> FinishSendingAsync(CancellationToken cancellationToken)
    {
        if (Confirmed.IsCompleted) return null;
        if (WasReset) return ClosedTooSoon;
        var end = await GracefulClose.CloseAsync(Socket, CloseWait, time, whileItMoves: true, cancellationToken).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
        if (end == CloseEnd.PeerClosed || Confirmed.IsCompleted) return null;
        return end == CloseEnd.Broken
            ? ClosedTooSoon
            : new MethodFailure(FailureReason.Stalled, Side.Network, $"the peer did not take the last bytes within {CloseWait.TotalSeconds:0.#} s");
    }
}
