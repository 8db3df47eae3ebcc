using Ferry.Protocol.Hashes;
using Ferry.Protocol.JabberFs;

namespace Ferry.Offers.JabberFs;

/// <summary>How a negotiation ended.</summary>
/// <param name="Ended">Why without the file; null: in order.</param>
/// <param name="Confirmed">At a sender: the receiver said that it has the file.</param>
/// <param name="Hashes">At a sender: what the receiver says that it hashes to.</param>
internal sealed record JabberFsEnd(JabberFsOutput.Ended? Ended, bool Confirmed, IReadOnlyList<FileHash> Hashes)
{
    /// <summary>Where the cause lies.</summary>
    public Side Side => Ended switch
    {
        { Reason: FailureReason.NoMethod } => Side.Network,
        { Reason: FailureReason.StreamLost } => Side.Server,
        { ByPeer: true } or { Reason: FailureReason.Protocol or FailureReason.Timeout } => Side.Peer,
        _ => Side.Here,
    };
}
