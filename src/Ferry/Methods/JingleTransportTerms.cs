using Ferry.Peers;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Xml;

namespace Ferry.Methods;

/// <summary>What a transport needs to know for one content.</summary>
/// <param name="Role">Ours in the session.</param>
/// <param name="Peer">The other side.</param>
/// <param name="Sending">We send the bytes.</param>
/// <param name="Length">Asked when the stream opens: bytes that will cross, or null when unknown.</param>
/// <param name="Allowed">Asked then, too: the names of methods that may be used, in order of preference. Where none is the transport's, nothing is offered or tried.</param>
/// <param name="Report">Hears which ways are tried.</param>
/// <param name="Tell">Sends a <c>transport</c> as transport-info.</param>
internal sealed record JingleTransportTerms(
    JingleRole Role,
    Peer Peer,
    bool Sending,
    Func<long?> Length,
    Func<IReadOnlyList<string>> Allowed,
    Action<string, AttemptResult, string?> Report,
    Action<Element> Tell);
