using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Server.Requests;

/// <summary>A request that the server itself, or one of its services, answers.</summary>
/// <param name="Iq">The request; its payload is not null.</param>
/// <param name="From">Who asks, as the server knows it.</param>
/// <param name="To">Whom: a domain, or the bare address of an account.</param>
public sealed record IqRequest(Iq Iq, Jid From, Jid To)
{
    public Element Payload => Iq.Payload!;

    /// <summary>Asked by the account itself.</summary>
    public bool IsOwn => From.Bare == To;
}
