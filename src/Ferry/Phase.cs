namespace Ferry;

/// <summary>How far a transfer had come when it ended.</summary>
public enum Phase
{
    /// <summary>Connecting and logging in.</summary>
    Connecting,

    /// <summary>Looking for the peer and what it can do.</summary>
    Finding,

    /// <summary>The offer was made, or is being considered.</summary>
    Offering,

    /// <summary>A way for the bytes is being opened.</summary>
    Negotiating,

    /// <summary>Bytes are under way.</summary>
    Transferring,

    /// <summary>Everything arrived; size and hash are compared and the file gets its name.</summary>
    Finishing,
}
