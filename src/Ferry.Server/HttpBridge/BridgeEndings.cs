namespace Ferry.Server.HttpBridge;

/// <summary>What each ending is called: in logs and metrics, and to whoever is at either HTTP end.</summary>
internal static class BridgeEndings
{
    /// <summary>Whether every byte got where it was to go.</summary>
    public static bool IsWhole(this BridgeEnding ending) => ending is BridgeEnding.Done or BridgeEnding.Stored;

    /// <summary>For logs and metrics.</summary>
    public static string Name(this BridgeEnding ending) => ending switch
    {
        BridgeEnding.Done => "done",
        BridgeEnding.Stored => "stored",
        BridgeEnding.SenderLost or BridgeEnding.ReceiverLost => "peer-lost",
        BridgeEnding.NeverSent => "never-sent",
        BridgeEnding.NeverFetched => "never-fetched",
        BridgeEnding.SenderStalled or BridgeEnding.ReceiverStalled => "idle",
        BridgeEnding.TooLarge => "too-large",
        BridgeEnding.OverQuota => "quota",
        BridgeEnding.SpoolFull => "spool-full",
        BridgeEnding.BadForm => "bad-form",
        BridgeEnding.SizeMismatch => "mismatch",
        BridgeEnding.Stopped => "stopped",
        BridgeEnding.Internal => "internal",
        _ => throw new ArgumentOutOfRangeException(nameof(ending)),
    };

    /// <summary>The status and sentence for the one who uploads.</summary>
    public static (int Status, string Text) ForSender(this BridgeEnding ending) => ending switch
    {
        BridgeEnding.Done or BridgeEnding.Stored => (200, "ok"),
        BridgeEnding.ReceiverLost => (410, "the receiver has gone"),
        BridgeEnding.NeverFetched or BridgeEnding.ReceiverStalled => (504, "the receiver does not fetch it"),
        BridgeEnding.SenderLost or BridgeEnding.NeverSent or BridgeEnding.SenderStalled => (408, "nothing came for too long"),
        BridgeEnding.TooLarge => (413, "the file is too large"),
        BridgeEnding.OverQuota => (429, "that is more than you may send in a day"),
        BridgeEnding.SpoolFull => (507, "there is no room to keep it"),
        BridgeEnding.BadForm => (400, "the form cannot be read"),
        BridgeEnding.SizeMismatch => (400, "the file has not the size that was announced"),
        BridgeEnding.Stopped => (503, "the server stops"),
        _ => (500, "internal fault"),
    };

    /// <summary>The status and sentence for the one who downloads, where no byte was sent yet.</summary>
    public static (int Status, string Text) ForReceiver(this BridgeEnding ending) => ending switch
    {
        BridgeEnding.NeverSent or BridgeEnding.SenderStalled => (504, "the sender sends nothing"),
        BridgeEnding.Stopped => (503, "the server stops"),
        BridgeEnding.Internal => (500, "internal fault"),
        _ => (410, "the transfer has ended"),
    };
}
