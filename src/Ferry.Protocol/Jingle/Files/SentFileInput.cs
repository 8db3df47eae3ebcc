using Ferry.Protocol.Transfers;

namespace Ferry.Protocol.Jingle.Files;

/// <summary>What happens to a <see cref="SentFile"/>.</summary>
public abstract record SentFileInput
{
    private SentFileInput()
    {
    }

    /// <summary>All bytes are out, as far as the transport can tell, and the checksum has been sent.</summary>
    public sealed record Sent : SentFileInput;

    /// <summary>The receiver says that it has the file.</summary>
    public sealed record Received : SentFileInput;

    /// <summary>The peer ended session or content; null is success.</summary>
    public sealed record Ended(FailureReason? Failure, string Text) : SentFileInput;

    /// <summary>The connection or the peer is gone, and no word will come any more.</summary>
    public sealed record Lost : SentFileInput;

    /// <summary>Time has passed; due at <see cref="SentFile.NextDeadline"/>.</summary>
    public sealed record Tick : SentFileInput;
}
