using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;

namespace Ferry.Protocol.JabberFs;

/// <summary>What the peer's reasons mean for an outcome.</summary>
public static class JabberFsReasons
{
    /// <summary>The outcome's reason.</summary>
    public static FailureReason Of(JabberFsAbort reason) => reason switch
    {
        JabberFsAbort.Declined or JabberFsAbort.NotFound or JabberFsAbort.Busy => FailureReason.Refused,
        JabberFsAbort.TooLarge => FailureReason.TooLarge,
        JabberFsAbort.SizeChanged => FailureReason.SourceChanged,
        JabberFsAbort.PrefixMismatch or JabberFsAbort.HashMismatch => FailureReason.Mismatch,
        JabberFsAbort.Unreachable => FailureReason.NoMethod,
        _ => FailureReason.CancelledByPeer,
    };

    /// <summary>The outcome's reason where a proposal was answered by an error.</summary>
    public static FailureReason Of(StanzaError error) => error.Condition switch
    {
        ErrorCondition.BadRequest or ErrorCondition.UnexpectedRequest or ErrorCondition.Conflict or ErrorCondition.JidMalformed => FailureReason.Protocol,
        ErrorCondition.FeatureNotImplemented or ErrorCondition.ServiceUnavailable => FailureReason.NotSupported,
        ErrorCondition.RecipientUnavailable or ErrorCondition.Gone or ErrorCondition.Redirect or ErrorCondition.RemoteServerNotFound => FailureReason.Absent,
        ErrorCondition.RemoteServerTimeout => FailureReason.Timeout,
        _ => FailureReason.Refused,
    };

    /// <summary>One sentence for a person about what the peer gave as its reason.</summary>
    public static string TextOf(JabberFsAbort reason) => reason switch
    {
        JabberFsAbort.Declined => "the peer declined",
        JabberFsAbort.NotFound => "the peer has no such file, or not for us",
        JabberFsAbort.Busy => "nobody answered at the peer, or it was asked too often",
        JabberFsAbort.Cancelled => "the peer cancelled",
        JabberFsAbort.TooLarge => "the file is larger than the peer takes",
        JabberFsAbort.SizeChanged => "the file changed at the peer while it was sent",
        JabberFsAbort.PrefixMismatch => "what was received before is not the beginning of this file",
        JabberFsAbort.HashMismatch => "the file's hash at the peer is another one",
        JabberFsAbort.Unreachable => "neither side could connect to the other",
        _ => "the peer could not go on",
    };
}
