namespace Ferry.Protocol.Socks5;

/// <summary>
/// A SOCKS5 server's half of one exchange up to CONNECT, without I/O (RFC 1928 §3–4). It is shown the bytes of the message under way, as many
/// as there are, and never wants one behind it: what follows the request is the file's.
/// </summary>
public sealed class ServerHandshake
{
    private bool _greeted;

    /// <summary>What the bytes of the message under way come to.</summary>
    public ServerHandshakeStep Take(ReadOnlySpan<byte> message) => _greeted ? TakeRequest(message) : TakeGreeting(message);

    private static ServerHandshakeStep TakeRequest(ReadOnlySpan<byte> message)
    {
        Socks5Read<Socks5Request> read = Socks5Codec.ReadRequest(message);
        if (read.Needed > 0)
        {
            return ServerHandshakeStep.More(read.Needed);
        }

        if (read.Message is not { } request)
        {
            return ServerHandshakeStep.Refuse(
                read.Violation == Socks5Violation.AddressType ? Socks5Codec.WriteReply(Socks5ReplyCode.AddressTypeNotSupported) : []);
        }

        if (request.Command != Socks5Command.Connect)
        {
            return ServerHandshakeStep.Refuse(Socks5Codec.WriteReply(Socks5ReplyCode.CommandNotSupported, request.Destination));
        }

        // XEP-0065 lets the port be ignored: some clients send their own.
        return request.Destination.Type == Socks5AddressType.DomainName
            && DestinationAddress.TryParse(request.Destination.Bytes.Span, out DestinationAddress? destination)
            ? ServerHandshakeStep.Ask(destination, request.Destination)
            : ServerHandshakeStep.Refuse(Socks5Codec.WriteReply(Socks5ReplyCode.HostUnreachable, request.Destination));
    }

    private ServerHandshakeStep TakeGreeting(ReadOnlySpan<byte> message)
    {
        Socks5Read<Socks5Greeting> read = Socks5Codec.ReadGreeting(message);
        if (read.Needed > 0)
        {
            return ServerHandshakeStep.More(read.Needed);
        }

        if (read.Message is not { } greeting)
        {
            return ServerHandshakeStep.Refuse([]);
        }

        _greeted = greeting.OffersNoAuthentication;
        byte[] reply = Socks5Codec.WriteMethodReply(_greeted);
        return _greeted ? ServerHandshakeStep.Continue(reply) : ServerHandshakeStep.Refuse(reply);
    }
}
