using Ferry.Peers;

namespace Ferry.Methods;

/// <summary>What a method needs to know to open a stream that an offer agreed on.</summary>
/// <param name="Sid">The stream's id: the offer's.</param>
/// <param name="Peer">The other side.</param>
/// <param name="Allowed">The names of methods that may be used, in order of preference; a method that has several names uses those of its own.</param>
/// <param name="Length">Bytes that will cross, or null when unknown.</param>
/// <param name="Report">Hears which ways are tried: method name, what became of it, and why not.</param>
internal sealed record StreamOpening(
    string Sid,
    Peer Peer,
    IReadOnlyList<string> Allowed,
    long? Length,
    Action<string, AttemptResult, string?> Report);
