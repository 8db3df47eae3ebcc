using Ferry.Protocol.JabberFs;

namespace Ferry.Offers.JabberFs;

/// <summary>What the peer is told of a failure here.</summary>
internal static class JabberFsRefusals
{
    /// <summary>Instead of taking a proposal.</summary>
    public static JabberFsAbort For(FailureReason reason) => reason switch
    {
        FailureReason.TooLarge => JabberFsAbort.TooLarge,
        FailureReason.Exists => JabberFsAbort.Declined,
        _ => JabberFsAbort.Error,
    };

    /// <summary>In the middle; null where the connection's end says enough.</summary>
    public static JabberFsAbort? Tell(FailureReason reason) => reason switch
    {
        FailureReason.CancelledByPeer or FailureReason.StreamLost => null,
        FailureReason.Cancelled => JabberFsAbort.Cancelled,
        FailureReason.SourceChanged => JabberFsAbort.SizeChanged,
        FailureReason.Mismatch => JabberFsAbort.HashMismatch,
        FailureReason.TooLarge => JabberFsAbort.TooLarge,
        _ => JabberFsAbort.Error,
    };

    /// <summary>What a person may do about it.</summary>
    public static string? HintFor(FailureReason reason) => reason switch
    {
        FailureReason.NoMethod => "open a port on either side with --listen-ports and --advertise",
        FailureReason.Timeout => "the peer may not have seen it; a longer wait is --timeout",
        _ => null,
    };
}
