using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;

namespace Ferry.Methods;

/// <summary>A peer's request to open a stream: exactly one answer is owed to it.</summary>
/// <param name="Method">Whose request it is.</param>
/// <param name="Sid">The stream it names.</param>
/// <param name="Iq">The request; its payload is the method's.</param>
/// <param name="Refusal">What the method answers to a stream that nobody agreed on.</param>
internal sealed record OpenRequest(IStreamMethod Method, string Sid, Iq Iq, StanzaError Refusal)
{
    /// <summary>Who asks.</summary>
    public Jid Peer => Iq.From!;
}
