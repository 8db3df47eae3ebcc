namespace Ferry.Server.HttpBridge;

/// <summary>How a bridged transfer ended.</summary>
internal enum BridgeEnding
{
    /// <summary>The whole file was handed to the receiver's side.</summary>
    Done,

    /// <summary>The whole file waits on disk for its receiver, who was told where.</summary>
    Stored,

    /// <summary>The sender's connection broke.</summary>
    SenderLost,

    /// <summary>The receiver's connection broke.</summary>
    ReceiverLost,

    /// <summary>The sender's side never sent a byte.</summary>
    NeverSent,

    /// <summary>The receiver never fetched it.</summary>
    NeverFetched,

    /// <summary>Too long without a byte, and it was the sender that was waited for.</summary>
    SenderStalled,

    /// <summary>Too long without a byte, and it was the receiver that was waited for.</summary>
    ReceiverStalled,

    /// <summary>More bytes than a transfer may have.</summary>
    TooLarge,

    /// <summary>More bytes than its user may move in a day.</summary>
    OverQuota,

    /// <summary>It was to wait on disk, and there is no room for it.</summary>
    SpoolFull,

    /// <summary>What was posted is no form of ours.</summary>
    BadForm,

    /// <summary>Not the size that was announced.</summary>
    SizeMismatch,

    /// <summary>It was ended from outside: the relay stops.</summary>
    Stopped,

    /// <summary>A fault of our own.</summary>
    Internal,
}
