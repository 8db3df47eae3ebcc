using Ferry.Net.Relaying;
using Ferry.Protocol.Relaying;

namespace Ferry.Server.Relay;

/// <summary>A SOCKS5 connection at a stream.</summary>
internal sealed record SocketParty(RelayConnection Connection) : IRelayParty
{
    public bool MayGiveWay => Connection.HasClosed;
}
