using Ferry.Protocol.Xml;

namespace Ferry.Server.Services;

/// <summary>What carries a service's stanzas into the world: an external component's stream, or the embedded server's router.</summary>
public interface IServiceLink
{
    /// <summary>Sends a stanza whose addresses are set. It may wait for room. False: nothing is there to carry it.</summary>
    ValueTask<bool> SendAsync(Element stanza, CancellationToken cancellationToken);
}
