using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;

namespace Ferry.Server.Services;

/// <summary>What a service does with stanzas that are no requests. Each is begun in the order in which they came.</summary>
public interface IServiceListener
{
    /// <summary>A presence stanza of any type for the service's own address.</summary>
    Task PresenceAsync(Element presence, Jid from, CancellationToken cancellationToken);

    /// <summary>A message of any type for the service's own address; errors must not be answered.</summary>
    Task MessageAsync(Element message, Jid from, CancellationToken cancellationToken);

    /// <summary>Stanzas reach the service from now on; before, some may have been missed.</summary>
    Task AttachedAsync(CancellationToken cancellationToken);
}
