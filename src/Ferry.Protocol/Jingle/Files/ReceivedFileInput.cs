using System.Collections.Immutable;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Transfers;

namespace Ferry.Protocol.Jingle.Files;

/// <summary>What happens to a <see cref="ReceivedFile"/>.</summary>
public abstract record ReceivedFileInput
{
    private ReceivedFileInput()
    {
    }

    /// <summary>The sender told hashes of the whole file.</summary>
    public sealed record Checksum(ImmutableArray<FileHash> Hashes) : ReceivedFileInput;

    /// <summary>All bytes are here.</summary>
    public sealed record Whole : ReceivedFileInput;

    /// <summary>The file's own digest; null where it could not be computed.</summary>
    public sealed record Computed(FileHash? Hash) : ReceivedFileInput;

    /// <summary>The peer ended session or content; null is success.</summary>
    public sealed record Ended(FailureReason? Failure, string Text) : ReceivedFileInput;

    /// <summary>The connection or the peer is gone, and no word will come any more.</summary>
    public sealed record Lost : ReceivedFileInput;

    /// <summary>Time has passed; due at <see cref="ReceivedFile.NextDeadline"/>.</summary>
    public sealed record Tick : ReceivedFileInput;
}
