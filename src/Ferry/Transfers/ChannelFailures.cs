using System.Net.Sockets;
using Ferry.Methods;

namespace Ferry.Transfers;

/// <summary>What a channel's broken stream means.</summary>
internal static class ChannelFailures
{
    /// <summary>Names an exception of a channel's stream.</summary>
    public static MethodFailure Of(Exception error, long bytes, long? length)
    {
        if (error is ChannelException known) return known.Failure;
        var socket = (error as SocketException ?? error.InnerException as SocketException)?.SocketErrorCode;
        var where = length is { } all ? $"after {bytes} of {all} bytes" : $"after {bytes} bytes";
        return socket is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted
            ? new MethodFailure(FailureReason.CancelledByPeer, Side.Peer, $"the peer closed the connection {where}")
            : new MethodFailure(FailureReason.StreamLost, Side.Network, $"the connection to the peer broke {where}: {error.Message}");
    }
}
