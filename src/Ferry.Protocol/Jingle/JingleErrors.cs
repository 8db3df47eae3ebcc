using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Jingle;

/// <summary>The refusals of Jingle requests, one value each (XEP-0166 section 10).</summary>
public static class JingleErrors
{
    /// <summary>No such session with that peer.</summary>
    public static StanzaError UnknownSession { get; } = With(ErrorType.Cancel, ErrorCondition.ItemNotFound, "unknown-session");

    /// <summary>The request makes no sense in the session's state.</summary>
    public static StanzaError OutOfOrder { get; } = With(ErrorType.Wait, ErrorCondition.UnexpectedRequest, "out-of-order");

    /// <summary>Both sides asked for the same thing at once; the initiator's request stands.</summary>
    public static StanzaError TieBreak { get; } = With(ErrorType.Cancel, ErrorCondition.Conflict, "tie-break");

    /// <summary>A session-info that is not known here.</summary>
    public static StanzaError UnsupportedInfo { get; } = With(ErrorType.Modify, ErrorCondition.FeatureNotImplemented, "unsupported-info");

    /// <summary>Contents cannot be changed while they are there.</summary>
    public static StanzaError NotModified { get; } = new(ErrorType.Cancel, ErrorCondition.FeatureNotImplemented);

    /// <summary>Too many sessions or offers of this peer's; it may try again later.</summary>
    public static StanzaError Busy { get; } = new(ErrorType.Wait, ErrorCondition.ResourceConstraint, "too many offers are waiting");

    /// <summary>Too many requests for files within a minute.</summary>
    public static StanzaError AskedTooOften { get; } = new(ErrorType.Wait, ErrorCondition.ResourceConstraint, "asked for files too often");

    /// <summary>To strangers: the answer of a client without Jingle.</summary>
    public static StanzaError Stranger { get; } = new(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);

    /// <summary>The request is malformed.</summary>
    public static StanzaError BadRequest(string text) => new(ErrorType.Modify, ErrorCondition.BadRequest, text);

    /// <summary>Whether a refusal means that the peer does not know the session any more.</summary>
    public static bool MeansUnknownSession(StanzaError error) =>
        error.Application is { Namespace: Namespaces.JingleErrors } application ? application.Name == "unknown-session" : error.Condition == ErrorCondition.ItemNotFound;

    /// <summary>Whether a refusal means that the peer's own request of the same kind stands.</summary>
    public static bool MeansTieBreak(StanzaError error) => error.Condition == ErrorCondition.Conflict;

    /// <summary>Why a session failed whose beginning was answered by <paramref name="error"/>.</summary>
    public static FailureReason ReasonOf(StanzaError error) => error.Condition switch
    {
        ErrorCondition.FeatureNotImplemented or ErrorCondition.ServiceUnavailable => FailureReason.NotSupported,
        ErrorCondition.BadRequest or ErrorCondition.JidMalformed or ErrorCondition.UnexpectedRequest or ErrorCondition.Conflict => FailureReason.Protocol,
        ErrorCondition.ItemNotFound or ErrorCondition.RecipientUnavailable or ErrorCondition.Gone or ErrorCondition.Redirect
            or ErrorCondition.RemoteServerNotFound => FailureReason.Absent,
        ErrorCondition.RemoteServerTimeout => FailureReason.Timeout,
        _ => FailureReason.Refused,
    };

    private static StanzaError With(ErrorType type, ErrorCondition condition, string application) =>
        new(type, condition, null, new Element(Namespaces.JingleErrors, application));
}
