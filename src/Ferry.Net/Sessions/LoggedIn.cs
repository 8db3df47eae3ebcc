using System.Net;
using Ferry.Net.XmppStreams;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Dns;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;

namespace Ferry.Net.Sessions;

/// <summary>A stream that is ready for stanzas.</summary>
/// <param name="Stream">The stream, features read and resource bound.</param>
/// <param name="Jid">Our full address.</param>
/// <param name="Features">The last features: limits among them.</param>
/// <param name="Resumption">The id to resume with, and for how long; null id without resumption.</param>
/// <param name="Managed">Whether stanzas are counted (XEP-0198).</param>
/// <param name="ResumedAt">Set when an earlier stream goes on: what the server had handled of it.</param>
/// <param name="Target">Where we connected to, and how TLS began there.</param>
/// <param name="Secure">Whether the server has proven to be the domain's: only then it may send us elsewhere.</param>
/// <param name="Early">Stanzas that came between binding and now, to be handled first.</param>
internal sealed record LoggedIn(
    XmppStream Stream,
    Jid Jid,
    StreamFeatures Features,
    bool Managed,
    (string? Id, TimeSpan? Max, string? Location) Resumption,
    uint? ResumedAt,
    IReadOnlyList<Element> Early,
    IPEndPoint Local,
    IPEndPoint Remote,
    ServerTarget Target,
    bool Secure);
