using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;

namespace Ferry.Protocol.StreamInitiation;

/// <summary>What an <see cref="SiReceiverNegotiation"/> wants done.</summary>
public abstract record SiReceiverOutput
{
    private SiReceiverOutput()
    {
    }

    /// <summary>Ask the user or the policy.</summary>
    public sealed record AskUser(SiOffer Offer) : SiReceiverOutput;

    /// <summary>Answer the offer by this result.</summary>
    public sealed record SendAnswer(SiAnswer Answer) : SiReceiverOutput;

    /// <summary>Answer the offer by this error.</summary>
    public sealed record SendRefusal(StanzaError Error) : SiReceiverOutput;

    /// <summary>Follow this request to open a stream; then hand in MethodSucceeded or MethodFailed.</summary>
    public sealed record RunMethod(string Method, string RequestId) : SiReceiverOutput;

    /// <summary>
    /// Stop the method under way and answer its request, if that is still open, by item-not-found; nothing needs to be handed in for it any more.
    /// </summary>
    public sealed record CancelMethod(string Method) : SiReceiverOutput;

    /// <summary>Answer this request to open a stream by this error.</summary>
    public sealed record RefuseOpen(string RequestId, StanzaError Error) : SiReceiverOutput;

    /// <summary>Done: the method has its stream, the bytes may flow.</summary>
    public sealed record Streaming(string Method) : SiReceiverOutput;

    /// <summary>Over, without a stream.</summary>
    public sealed record Ended(FailureReason Reason, string Text) : SiReceiverOutput;
}
