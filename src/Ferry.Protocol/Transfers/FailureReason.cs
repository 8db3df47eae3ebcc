namespace Ferry.Protocol.Transfers;

/// <summary>
/// Why a transfer or a command did not succeed: the closed list that caller, log, database, page and exit code share.
/// Names on the wire to scripts and exit codes stand in <see cref="FailureReasons"/>.
/// </summary>
public enum FailureReason
{
    /// <summary>The other side broke a protocol.</summary>
    Protocol,

    /// <summary>Ferry itself is at fault.</summary>
    Internal,

    /// <summary>The command or the call was wrong.</summary>
    Usage,

    /// <summary>A bare address has several resources that could take the file.</summary>
    AmbiguousPeer,

    /// <summary>The peer (or this side) declined the offer.</summary>
    Refused,

    /// <summary>The peer ended a transfer that was under way.</summary>
    CancelledByPeer,

    /// <summary>The peer is not there.</summary>
    Absent,

    /// <summary>Every method that both sides have was tried and failed.</summary>
    NoMethod,

    /// <summary>The peer cannot do what was asked.</summary>
    NotSupported,

    /// <summary>Size or hash of what arrived differ from what was offered.</summary>
    Mismatch,

    /// <summary>An answer did not come in time.</summary>
    Timeout,

    /// <summary>Bytes were due and none came for the whole idle time.</summary>
    Stalled,

    /// <summary>The target's disk is full.</summary>
    DiskFull,

    /// <summary>The file system refused access.</summary>
    Permission,

    /// <summary>A file of that name is there already.</summary>
    Exists,

    /// <summary>Reading or writing a file failed in another way.</summary>
    Io,

    /// <summary>The file changed while it was being sent.</summary>
    SourceChanged,

    /// <summary>The server could not be reached.</summary>
    Connect,

    /// <summary>The server's TLS or certificate was not acceptable.</summary>
    Tls,

    /// <summary>The server did not accept the credentials.</summary>
    Auth,

    /// <summary>The XMPP stream ended and could not be resumed.</summary>
    StreamLost,

    /// <summary>The file is larger than this side or the peer takes.</summary>
    TooLarge,

    /// <summary>A quota would be exceeded.</summary>
    Quota,

    /// <summary>Cancelled here: by the caller's token or an interrupt.</summary>
    Cancelled,
}
