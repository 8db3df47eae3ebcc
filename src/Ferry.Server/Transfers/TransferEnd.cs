using Ferry.Protocol.Addressing;

namespace Ferry.Server.Transfers;

/// <summary>How one transfer through this server ended: what the log's line about it says.</summary>
/// <param name="Requester">Who asked for it.</param>
/// <param name="Target">Who was to get it.</param>
/// <param name="Method">By what: <c>s5b-proxy</c>, <c>http-bridge</c> …</param>
/// <param name="Bytes">Bytes that passed, both directions together.</param>
/// <param name="Duration">From the activation to the end.</param>
/// <param name="Ending">One word from a closed list of the method's: <c>done</c>, <c>idle</c> …</param>
public sealed record TransferEnd(Jid Requester, Jid Target, string Method, long Bytes, TimeSpan Duration, string Ending);
