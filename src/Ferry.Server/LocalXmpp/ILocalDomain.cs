using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;

namespace Ferry.Server.LocalXmpp;

/// <summary>
/// Something that owns a domain beside the accounts' one, such as <c>proxy.localhost</c>. It is registered with the router and gets every
/// stanza for its domain and all addresses in it.
/// </summary>
internal interface ILocalDomain
{
    /// <summary>The domain, as <see cref="Jid.Domain"/> has it.</summary>
    string Domain { get; }

    /// <summary>What disco#items calls it; null keeps it out of the list.</summary>
    string? Title { get; }

    /// <summary>
    /// Takes one stanza; answers go through <see cref="Router.SendAsync"/>. It runs on the sender's reader, so what takes long belongs elsewhere.
    /// </summary>
    ValueTask HandleAsync(Element stanza, Jid from, Jid to, CancellationToken cancellationToken);

    /// <summary>Takes the error for a stanza of its own that could not be delivered. It never waits and sends nothing.</summary>
    void HandleBounce(Element error, Jid from);
}
