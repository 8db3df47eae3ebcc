namespace Ferry.Protocol.JabberFs;

/// <summary>Why a side gives up, on the wire as <c>not-found</c> and so on.</summary>
public enum JabberFsAbort
{
    Declined,

    /// <summary>There is no such file, or it is not for the asker: one reason for both.</summary>
    NotFound,
    Busy,
    Cancelled,
    TooLarge,

    /// <summary>The source changed while it was sent.</summary>
    SizeChanged,

    /// <summary>What the receiver has is no beginning of the sender's file.</summary>
    PrefixMismatch,
    HashMismatch,

    /// <summary>Neither side could connect to the other.</summary>
    Unreachable,
    Error,
}
