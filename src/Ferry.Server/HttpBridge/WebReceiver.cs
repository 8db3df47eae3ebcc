using Ferry.Protocol.Addressing;
using Ferry.Protocol.Relaying;
using Ferry.Protocol.Socks5;

namespace Ferry.Server.HttpBridge;

/// <summary>Somebody behind HTTP who waits for a stream: what its <c>connect</c> said.</summary>
internal sealed record WebReceiver(DestinationAddress Stream, Jid Sender, Jid Receiver, long? Size, string? Name, string? Type) : IRelayParty
{
    public bool MayGiveWay => false;
}
