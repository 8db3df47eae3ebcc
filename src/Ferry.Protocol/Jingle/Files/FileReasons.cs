using Ferry.Protocol.Transfers;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Jingle.Files;

/// <summary>The endings of file sessions: what we say, and what others' mean (XEP-0166 section 7.4, XEP-0234 section 8).</summary>
public static class FileReasons
{
    /// <summary>The file is not there, or not for this peer: one answer for both, so that nobody learns which.</summary>
    public static JingleReason NotAvailable { get; } = With(JingleReasonCondition.FailedApplication, "file-not-available");

    /// <summary>The file is larger than this side takes, or more came than was offered.</summary>
    public static JingleReason TooLarge { get; } = With(JingleReasonCondition.MediaError, "file-too-large");

    /// <summary>What arrived is not what the checksum says.</summary>
    public static JingleReason Mismatch { get; } = new(JingleReasonCondition.MediaError, "the file's hash differs from the sender's");

    /// <summary>How we end a session in which our own transfer ended so.</summary>
    public static JingleReason Of(FailureReason reason) => reason switch
    {
        FailureReason.Refused or FailureReason.Exists or FailureReason.Permission => new JingleReason(JingleReasonCondition.Decline),
        FailureReason.Cancelled or FailureReason.CancelledByPeer => new JingleReason(JingleReasonCondition.Cancel),
        FailureReason.Mismatch => Mismatch,
        FailureReason.TooLarge or FailureReason.Quota => TooLarge,
        FailureReason.DiskFull or FailureReason.Io or FailureReason.SourceChanged => new JingleReason(JingleReasonCondition.FailedApplication),
        FailureReason.Timeout => new JingleReason(JingleReasonCondition.Timeout),
        FailureReason.Stalled => new JingleReason(JingleReasonCondition.FailedTransport),
        FailureReason.NoMethod => new JingleReason(JingleReasonCondition.ConnectivityError),
        FailureReason.NotSupported => new JingleReason(JingleReasonCondition.UnsupportedApplications),
        FailureReason.Absent => new JingleReason(JingleReasonCondition.Gone),
        _ => new JingleReason(JingleReasonCondition.GeneralError),
    };

    /// <summary>
    /// What a peer's ending means for a transfer; null for success. <paramref name="accepted"/>: the file had been agreed on. Gajim and others decline by
    /// <c>cancel</c>.
    /// </summary>
    public static FailureReason? Meaning(JingleReason reason, bool accepted) => reason switch
    {
        { Condition: JingleReasonCondition.Success } => accepted ? null : FailureReason.Protocol,
        { Application.Name: "file-too-large" } => FailureReason.TooLarge,
        { Application.Name: "file-not-available" } => FailureReason.Refused,
        { Condition: JingleReasonCondition.UnsupportedApplications or JingleReasonCondition.SecurityError } => FailureReason.NotSupported,
        { Condition: JingleReasonCondition.UnsupportedTransports or JingleReasonCondition.IncompatibleParameters } => accepted ? FailureReason.NoMethod : FailureReason.NotSupported,
        { Condition: JingleReasonCondition.ConnectivityError or JingleReasonCondition.FailedTransport } => FailureReason.NoMethod,
        { Condition: JingleReasonCondition.Timeout or JingleReasonCondition.Expired } => FailureReason.Timeout,
        { Condition: JingleReasonCondition.Gone } => FailureReason.Absent,
        { Condition: JingleReasonCondition.MediaError } when accepted => FailureReason.Mismatch,
        _ => accepted ? FailureReason.CancelledByPeer : FailureReason.Refused,
    };

    private static JingleReason With(JingleReasonCondition condition, string application) =>
        new(condition, null, new Element(Namespaces.JingleFileTransferErrors, application));
}
