using System.Net.Sockets;
using Ferry.Protocol.Socks5;

namespace Ferry.Net.Socks5;

/// <summary>Leads a server's half of the exchange on a socket, reading nothing behind the request.</summary>
internal static class Socks5Server
{
    /// <summary>The step that asks for a destination, whose answer is the caller's to send; null when the client is gone or was refused.</summary>
    /// <exception cref="SocketException">The connection broke.</exception>
    internal static async Task<ServerHandshakeStep?> ExchangeAsync(Socket socket, CancellationToken cancellationToken)
    {
        var machine = new ServerHandshake();
        byte[] buffer = new byte[Socks5Codec.MaxRequest];
        int have = 0;
        while (true)
        {
            ServerHandshakeStep step = machine.Take(buffer.AsSpan(0, have));
            if (step.Needed > 0)
            {
                int got = await socket.ReceiveAsync(buffer.AsMemory(have, step.Needed - have), cancellationToken).ConfigureAwait(false);
                have += got;
                if (got == 0)
                {
                    return null;
                }

                continue;
            }

            if (step.Destination is not null)
            {
                return step;
            }

            have = 0;
            await socket.SendAsync(step.Reply, cancellationToken).ConfigureAwait(false);
            if (step.Ends)
            {
                return null;
            }
        }
    }
}
