using Ferry.Peers;
using Ferry.Protocol;

namespace Ferry.Methods.Socks5;

/// <summary>SOCKS5 bytestreams under Jingle (XEP-0260).</summary>
internal sealed class JingleSocks5Transport(Socks5Method method, FerryOptions options) : IJingleTransport
{
    /// <inheritdoc/>
    public string Namespace => Namespaces.JingleSocks5;

    /// <summary>Without the HTTP bridge, which stands in for stream initiation's SOCKS5 alone.</summary>
    public IReadOnlyList<string> Names { get; } = [.. method.Names.Where(name => name != Socks5Method.Bridge)];

    /// <inheritdoc/>
    public string? Objection(Peer peer, long? length) => null;

    /// <inheritdoc/>
    public JingleTransportAttempt Begin(JingleTransportTerms terms) => new JingleSocks5Attempt(method, terms, options);
}
