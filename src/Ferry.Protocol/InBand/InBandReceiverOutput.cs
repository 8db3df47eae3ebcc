using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;

namespace Ferry.Protocol.InBand;

/// <summary>What an <see cref="InBandReceiver"/> wants done.</summary>
public abstract record InBandReceiverOutput
{
    private InBandReceiverOutput()
    {
    }

    /// <summary>Answer the open by a result.</summary>
    public sealed record AcceptOpen : InBandReceiverOutput;

    /// <summary>Answer the open by this error.</summary>
    public sealed record RefuseOpen(StanzaError Error) : InBandReceiverOutput;

    /// <summary>Put the block that came into the queue; then, if it came by iq, answer by a result; then hand in BlockStored.</summary>
    public sealed record TakeBlock : InBandReceiverOutput;

    /// <summary>Answer the iq of the block that came by this error.</summary>
    public sealed record RefuseBlock(StanzaError Error) : InBandReceiverOutput;

    /// <summary>Answer the close by a result.</summary>
    public sealed record AnswerClose : InBandReceiverOutput;

    /// <summary>Send a close; its answer does not matter.</summary>
    public sealed record SendClose : InBandReceiverOutput;

    /// <summary>Over; blocks taken before are still to be stored.</summary>
    /// <param name="Reason">Null: everything came.</param>
    /// <param name="Text">For people; null when everything came.</param>
    /// <param name="Received">Bytes taken; they are worth keeping for a later resume.</param>
    public sealed record Ended(FailureReason? Reason, string? Text, long Received) : InBandReceiverOutput;
}
