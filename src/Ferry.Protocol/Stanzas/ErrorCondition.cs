namespace Ferry.Protocol.Stanzas;

/// <summary>The defined stanza error conditions (RFC 6120 section 8.3.3).</summary>
public enum ErrorCondition
{
    UndefinedCondition,
    BadRequest,
    Conflict,
    FeatureNotImplemented,
    Forbidden,
    Gone,
    InternalServerError,
    ItemNotFound,
    JidMalformed,
    NotAcceptable,
    NotAllowed,
    NotAuthorized,
    PaymentRequired,
    PolicyViolation,
    RecipientUnavailable,
    Redirect,
    RegistrationRequired,
    RemoteServerNotFound,
    RemoteServerTimeout,
    ResourceConstraint,
    ServiceUnavailable,
    SubscriptionRequired,
    UnexpectedRequest,
}
