using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Server.LocalXmpp;

/// <summary>A request that the server itself answers.</summary>
/// <param name="Iq">The request; its payload is not null.</param>
/// <param name="From">Who asks, as the server knows it.</param>
/// <param name="To">Whom: the domain, or the bare address of an account.</param>
/// <param name="Session">The asking session of ours; null where a service asks.</param>
internal sealed record IqRequest(Iq Iq, Jid From, Jid To, Session? Session)
{
    public Element Payload => Iq.Payload!;

    /// <summary>Asked by the account itself.</summary>
    public bool IsOwn => From.Bare == To;
}
