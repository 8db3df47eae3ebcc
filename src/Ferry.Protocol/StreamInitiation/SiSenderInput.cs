using Ferry.Protocol.Stanzas;

namespace Ferry.Protocol.StreamInitiation;

/// <summary>What happens to an <see cref="SiSenderNegotiation"/>.</summary>
public abstract record SiSenderInput
{
    private SiSenderInput()
    {
    }

    /// <summary>Begin.</summary>
    public sealed record Start : SiSenderInput;

    /// <summary>The offer was accepted.</summary>
    public sealed record Answered(SiAnswer Answer) : SiSenderInput;

    /// <summary>The offer was answered by a result that cannot be followed.</summary>
    public sealed record AnswerUnreadable(string Problem) : SiSenderInput;

    /// <summary>The offer was answered by an error.</summary>
    public sealed record Refused(StanzaError Error) : SiSenderInput;

    /// <summary>The method under way has its stream.</summary>
    public sealed record MethodOpened(string Method) : SiSenderInput;

    /// <summary>A method failed before it had its stream.</summary>
    /// <param name="Method">Which.</param>
    /// <param name="RefusedByPeer">The peer said no, as opposed to: it could not be reached.</param>
    /// <param name="AnswerPending">Its request is still unanswered; <see cref="PendingAnswered"/> follows if the answer ever comes.</param>
    /// <param name="Text">For people.</param>
    public sealed record MethodFailed(string Method, bool RefusedByPeer, bool AnswerPending, string Text) : SiSenderInput;

    /// <summary>The late answer to the request of a method that failed with its answer pending, whatever it says.</summary>
    public sealed record PendingAnswered(string Method) : SiSenderInput;

    /// <summary>The deadline has passed, or it may have.</summary>
    public sealed record Tick : SiSenderInput;

    /// <summary>This side gives up.</summary>
    public sealed record Cancel : SiSenderInput;

    /// <summary>The peer went offline.</summary>
    public sealed record PeerGone : SiSenderInput;
}
