using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Methods.Socks5;

/// <summary>Asks a service of the server and waits for its answer: <see cref="StanzaSession.RequestAsync"/>, or what stands in for it in tests.</summary>
internal delegate Task<IqReply> ServiceRequest(Jid to, IqType type, Element payload, TimeSpan timeout, CancellationToken cancellationToken);
