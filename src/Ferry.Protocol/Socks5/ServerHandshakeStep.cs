namespace Ferry.Protocol.Socks5;

/// <summary>What a server does next in a SOCKS5 exchange. <see cref="Reply"/> goes out first, in one write.</summary>
public readonly record struct ServerHandshakeStep
{
    /// <summary>The bytes to send now; may be empty.</summary>
    public ReadOnlyMemory<byte> Reply { get; private init; }

    /// <summary>Come back when the message has this many bytes, counted from its start; 0 unless more are needed.</summary>
    public int Needed { get; private init; }

    /// <summary>Close after the reply.</summary>
    public bool Ends { get; private init; }

    /// <summary>CONNECT to this destination: whoever knows it answers with <see cref="Answer"/>. Null before that.</summary>
    public DestinationAddress? Destination { get; private init; }

    private Socks5Address? Asked { get; init; }

    /// <summary>The reply to CONNECT; it repeats the request's address.</summary>
    public byte[] Answer(Socks5ReplyCode code) => Socks5Codec.WriteReply(code, Asked ?? throw new InvalidOperationException("nobody asked to be connected"));

    internal static ServerHandshakeStep More(int needed) => new() { Needed = needed };

    internal static ServerHandshakeStep Continue(byte[] reply) => new() { Reply = reply };

    internal static ServerHandshakeStep Refuse(byte[] reply) => new() { Reply = reply, Ends = true };

    internal static ServerHandshakeStep Ask(DestinationAddress destination, Socks5Address asked) => new() { Destination = destination, Asked = asked };
}
