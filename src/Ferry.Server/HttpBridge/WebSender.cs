using Ferry.Protocol.Relaying;

namespace Ferry.Server.HttpBridge;

/// <summary>Somebody behind HTTP who will upload: a party from the activation on.</summary>
internal sealed class WebSender : IRelayParty
{
    public bool MayGiveWay => false;
}
