using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;

namespace Ferry.Protocol.InBand;

/// <summary>The refusals of in-band stanzas, one value each (XEP-0047 section 2), and what the refusals of others mean.</summary>
public static class InBandErrors
{
    /// <summary>No such stream from that sender.</summary>
    public static StanzaError UnknownStream { get; } = new(ErrorType.Cancel, ErrorCondition.ItemNotFound);

    /// <summary>An open that is not wanted.</summary>
    public static StanzaError NotWanted { get; } = new(ErrorType.Cancel, ErrorCondition.NotAcceptable);

    /// <summary>An open with blocks that are too large; a smaller one may be tried.</summary>
    public static StanzaError BlockTooLarge { get; } = new(ErrorType.Modify, ErrorCondition.ResourceConstraint);

    /// <summary>A block whose number is not the next one.</summary>
    public static StanzaError OutOfOrder { get; } = new(ErrorType.Cancel, ErrorCondition.UnexpectedRequest);

    /// <summary>More bytes than were offered.</summary>
    public static StanzaError TooMuch { get; } = new(ErrorType.Cancel, ErrorCondition.BadRequest, "more bytes than were offered");

    /// <summary>The answer to a close: what came was not kept, or not all came.</summary>
    public static StanzaError NotKept { get; } = new(ErrorType.Cancel, ErrorCondition.InternalServerError, "the bytes were not kept");

    /// <summary>Why a stream failed whose stanza was answered by <paramref name="error"/>.</summary>
    public static FailureReason ReasonOf(StanzaError error) => error.Condition switch
    {
        ErrorCondition.FeatureNotImplemented or ErrorCondition.ServiceUnavailable or ErrorCondition.ResourceConstraint => FailureReason.NotSupported,
        ErrorCondition.RecipientUnavailable or ErrorCondition.RemoteServerNotFound or ErrorCondition.Gone => FailureReason.Absent,
        ErrorCondition.RemoteServerTimeout => FailureReason.Timeout,
        ErrorCondition.BadRequest or ErrorCondition.UnexpectedRequest or ErrorCondition.JidMalformed => FailureReason.Protocol,
        ErrorCondition.ItemNotFound => FailureReason.CancelledByPeer,
        _ => FailureReason.Refused,
    };
}
