using Ferry.Protocol.Socks5;

namespace Ferry.Net.Relaying;

/// <summary>Decides over connections. Called from the engine's own threads: it must not block, throw or call back and wait.</summary>
public interface IRelayGate
{
    /// <summary>
    /// A client asks for a destination. <see cref="Socks5ReplyCode.Succeeded"/> holds it until it is joined, taken or dropped; any other code is
    /// answered and closes it.
    /// </summary>
    Socks5ReplyCode Arrived(RelayConnection connection, DestinationAddress destination);

    /// <summary>A held connection was reset.</summary>
    void Left(RelayConnection connection);
}
