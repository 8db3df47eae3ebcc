using System.Net.Sockets;

namespace Ferry.Methods.Socks5;

/// <summary>
/// The target of a stream by proxy is told nothing when the proxy joins the connections: the first byte says it. Until then the requester may still
/// fail and go over to another method.
/// </summary>
internal static class FirstByte
{
    /// <summary>Null once a byte is there to be read, or the end of a stream of unknown length; else why none will come. Reads nothing.</summary>
    public static async Task<MethodFailure?> AwaitAsync(Socket socket, long? length, TimeSpan longest, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(longest, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // A look and not an empty read: an empty one ends at any sign of life of the socket, the SOCKS5 reply's late one included.
            var there = await socket.ReceiveAsync(new byte[1], SocketFlags.Peek, both.Token).ConfigureAwait(false);
            if (there > 0 || length is null) return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new MethodFailure(FailureReason.Timeout, Side.Peer, $"no byte came through the proxy for {longest.TotalSeconds:0} s");
        }
        catch (SocketException)
        {
            // Reset: the same as an end.
        }

        return new MethodFailure(FailureReason.NoMethod, Side.Network, "the proxy ended the stream before its first byte");
    }
}
