using Ferry.Protocol.Transfers;

namespace Ferry.Protocol.Jingle.Files;

/// <summary>What a <see cref="SentFile"/> wants done: one of the ends, once.</summary>
public abstract record SentFileOutput
{
    private SentFileOutput()
    {
    }

    /// <summary>The file is across. <paramref name="Confirmed"/>: the receiver said so after our checksum.</summary>
    public sealed record Done(bool Confirmed) : SentFileOutput;

    /// <summary>The receiver did not take it.</summary>
    public sealed record Failed(FailureReason Reason, string Text) : SentFileOutput;
}
