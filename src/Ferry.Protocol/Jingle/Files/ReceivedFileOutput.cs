using Ferry.Protocol.Hashes;
using Ferry.Protocol.Transfers;

namespace Ferry.Protocol.Jingle.Files;

/// <summary>What a <see cref="ReceivedFile"/> wants done.</summary>
public abstract record ReceivedFileOutput
{
    private ReceivedFileOutput()
    {
    }

    /// <summary>Compute the whole file's digest; Computed follows.</summary>
    public sealed record Compute(HashFunction Function) : ReceivedFileOutput;

    /// <summary>The end: the file is what the sender says it sent.</summary>
    public sealed record Verified(string Function) : ReceivedFileOutput;

    /// <summary>The end: the file is here, and nothing says whether it is right.</summary>
    public sealed record Unverified : ReceivedFileOutput;

    /// <summary>The end: it must not be kept.</summary>
    public sealed record Failed(FailureReason Reason, string Text) : ReceivedFileOutput;
}
