using Ferry.Protocol.Transfers;

namespace Ferry.Protocol.StreamInitiation;

/// <summary>What an <see cref="SiSenderNegotiation"/> wants done.</summary>
public abstract record SiSenderOutput
{
    private SiSenderOutput()
    {
    }

    /// <summary>Send the offer; once more when the peer had no room for it before.</summary>
    public sealed record SendOffer : SiSenderOutput;

    /// <summary>The peer accepted, and wants this part; null: the whole file.</summary>
    public sealed record Accepted(SiRange? Range) : SiSenderOutput;

    /// <summary>Open a stream by this method, with the offer's id as its sid; then hand in MethodOpened or MethodFailed.</summary>
    /// <param name="Method">Which.</param>
    /// <param name="Attempt">1, or 2 for the one more try after a late answer.</param>
    public sealed record OpenMethod(string Method, int Attempt) : SiSenderOutput;

    /// <summary>Stop opening this method; nothing needs to be handed in for it any more.</summary>
    public sealed record CancelMethod(string Method) : SiSenderOutput;

    /// <summary>Done: the method has its stream, the bytes may flow.</summary>
    public sealed record Streaming(string Method) : SiSenderOutput;

    /// <summary>Over, without a stream.</summary>
    public sealed record Ended(FailureReason Reason, string Text) : SiSenderOutput;
}
