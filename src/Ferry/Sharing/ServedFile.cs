using Ferry.Protocol.Addressing;

namespace Ferry.Sharing;

/// <summary>A shared file that somebody is given.</summary>
/// <param name="Transfer">The transfer's id.</param>
/// <param name="Peer">Who has asked: a full address.</param>
/// <param name="Path">Its share path: <c>SHARE/folder/name</c>.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Offer">How it goes: <c>jabberfs</c>, <c>jingle</c>, <c>si</c>.</param>
/// <param name="Outcome">How it ended; null when it begins.</param>
public sealed record ServedFile(string Transfer, Jid Peer, string Path, long Size, string Offer, Outcome? Outcome = null);
