using Ferry.Protocol.Stanzas;

namespace Ferry.Protocol.FileIndex;

/// <summary>What the owner's side of publishing takes.</summary>
public abstract record IndexPublisherInput
{
    private IndexPublisherInput()
    {
    }

    /// <summary>A connection is there and presence was sent: everything is published as a full series.</summary>
    public sealed record Connected : IndexPublisherInput;

    /// <summary>The connection is gone: what was under way has no answers.</summary>
    public sealed record Disconnected : IndexPublisherInput;

    /// <summary>A file is new or another one now.</summary>
    public sealed record Changed(IndexedFile File) : IndexPublisherInput;

    /// <summary>A file is gone.</summary>
    public sealed record Gone(string Path) : IndexPublisherInput;

    /// <summary>The answer to a part.</summary>
    /// <param name="Generation">The part's.</param>
    /// <param name="Error">Null: it was taken.</param>
    public sealed record Answered(long Generation, StanzaError? Error) : IndexPublisherInput;

    /// <summary>Time for what <see cref="IndexPublisher.NextDeadline"/> names: an answer did not come, or a wait is over.</summary>
    public sealed record Tick : IndexPublisherInput;
}
