using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;

namespace Ferry.Server.HttpBridge;

/// <summary>An activated stream of which at least one end is behind HTTP.</summary>
/// <param name="Owner">Who asked for it: its share and its quota are used.</param>
/// <param name="Receiver">Who gets it.</param>
/// <param name="WebSender">The activation of a sender behind HTTP; null: it is at a socket.</param>
/// <param name="WebReceiver">The <c>connect</c> of a receiver behind HTTP; null: it is at a socket.</param>
/// <param name="Size">In bytes, where either of them said it.</param>
internal sealed record BridgeStream(DestinationAddress Address, Jid Owner, Jid Sender, Jid Receiver, bool WebSender, bool TellsSender, WebReceiver? WebReceiver, long? Size)
{
    /// <summary>It waits on disk until its receiver, who is behind HTTP, fetches it.</summary>
    public bool IsSpooled { get; init; }
}
