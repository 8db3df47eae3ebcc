using Ferry.Protocol.Addressing;

namespace Ferry;

/// <summary>A client's connection to its server changed.</summary>
/// <param name="State">What it is now.</param>
/// <param name="Jid">Our full address; a server may give another one after a log-in.</param>
/// <param name="Resumed">
/// With <see cref="ConnectionState.Online"/>: the stream goes on where it was and nothing was lost. False: logged in anew, and transfers that were not
/// flowing over a socket of their own have ended.
/// </param>
/// <param name="Cause">With <see cref="ConnectionState.Interrupted"/> and <see cref="ConnectionState.Closed"/>: why; null after disposal.</param>
public sealed record ConnectionChange(ConnectionState State, Jid Jid, bool Resumed = false, FerryException? Cause = null);
