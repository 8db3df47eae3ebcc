using System.Net.Sockets;
using Ferry.Protocol.Socks5;

namespace Ferry.Net.Socks5;

/// <summary>
/// The connecting side of XEP-0065's SOCKS5 exchange. One message in one write, and its answer waited for: Prosody, ejabberd and QXmpp
/// parse each read as one whole message.
/// </summary>
public static class Socks5Client
{
    /// <summary>
    /// The exchange on a fresh connection. Reads nothing behind the reply. Sets no time of its own: the caller's token does.
    /// </summary>
    /// <exception cref="OperationCanceledException">The caller's token.</exception>
    public static async Task<Socks5ConnectResult> ConnectAsync(
        Stream stream, DestinationAddress destination, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(Socks5Codec.WriteGreeting(), cancellationToken).ConfigureAwait(false);
            Socks5Read<Socks5MethodReply> method =
                await Socks5Reader.ReadAsync<Socks5MethodReply>(stream, Socks5Codec.ReadMethodReply, cancellationToken).ConfigureAwait(false);
            if (method.Message is not { } chosen)
            {
                return Violation(method.Violation);
            }

            if (!chosen.Accepted)
            {
                return new Socks5ConnectResult(Socks5ConnectEnd.MethodRefused, null, "the streamhost wants authentication");
            }

            await stream.WriteAsync(Socks5Codec.WriteConnect(destination), cancellationToken).ConfigureAwait(false);
            Socks5Read<Socks5Reply> reply =
                await Socks5Reader.ReadAsync<Socks5Reply>(stream, Socks5Codec.ReadReply, cancellationToken).ConfigureAwait(false);
            return reply.Message is { } answer ? Judge(answer) : Violation(reply.Violation);
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
        {
            return new Socks5ConnectResult(Socks5ConnectEnd.Closed, null, error.Message);
        }
    }

    /// <summary>The same on a connected socket, which stays the caller's. Turns Nagle's algorithm off.</summary>
    public static async Task<Socks5ConnectResult> ConnectAsync(
        Socket socket, DestinationAddress destination, CancellationToken cancellationToken)
    {
        socket.NoDelay = true;
        var stream = new NetworkStream(socket, ownsSocket: false);
        await using (stream.ConfigureAwait(false))
        {
            return await ConnectAsync(stream, destination, cancellationToken).ConfigureAwait(false);
        }
    }

    private static Socks5ConnectResult Judge(Socks5Reply reply) => reply.Code == Socks5ReplyCode.Succeeded
        ? new Socks5ConnectResult(Socks5ConnectEnd.Connected, reply.Code, "connected")
        : new Socks5ConnectResult(Socks5ConnectEnd.Refused, reply.Code, $"the streamhost refused: {reply.Code}");

    private static Socks5ConnectResult Violation(Socks5Violation? violation) =>
        new(Socks5ConnectEnd.Violation, null, $"not SOCKS5: {violation}");
}
