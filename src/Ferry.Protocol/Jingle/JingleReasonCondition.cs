namespace Ferry.Protocol.Jingle;

/// <summary>Why a session or a content ended (XEP-0166 section 7.4).</summary>
public enum JingleReasonCondition
{
    AlternativeSession,
    Busy,
    Cancel,
    ConnectivityError,
    Decline,
    Expired,
    FailedApplication,
    FailedTransport,
    GeneralError,
    Gone,
    IncompatibleParameters,
    MediaError,
    SecurityError,
    Success,
    Timeout,
    UnsupportedApplications,
    UnsupportedTransports,
}
