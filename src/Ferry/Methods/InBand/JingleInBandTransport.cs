using Ferry.Peers;
using Ferry.Protocol;

namespace Ferry.Methods.InBand;

/// <summary>In-band bytestreams under Jingle (XEP-0261).</summary>
internal sealed class JingleInBandTransport(InBandMethod method, OpenRequests opens, FerryOptions options) : IJingleTransport
{
    /// <inheritdoc/>
    public string Namespace => Namespaces.JingleInBand;

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => method.Names;

    /// <inheritdoc/>
    public string? Objection(Peer peer, long? length) => method.Objection(peer, length);

    /// <inheritdoc/>
    public JingleTransportAttempt Begin(JingleTransportTerms terms) => new JingleInBandAttempt(method, opens, terms, options);
}
