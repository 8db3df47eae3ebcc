using Ferry.Protocol.Stanzas;

namespace Ferry.Protocol.FileIndex;

/// <summary>What the owner's side of publishing wants done.</summary>
public abstract record IndexPublisherOutput
{
    private IndexPublisherOutput()
    {
    }

    /// <summary>Send this part; its answer comes back as <see cref="IndexPublisherInput.Answered"/>. Parts are sent in their order.</summary>
    public sealed record Send(IndexPublish Part) : IndexPublisherOutput;

    /// <summary>The index has everything.</summary>
    /// <param name="Files">So many.</param>
    public sealed record Synchronised(int Files) : IndexPublisherOutput;

    /// <summary>The index says no for good: nothing is published any more until the next connection.</summary>
    public sealed record Refused(StanzaError Error) : IndexPublisherOutput;
}
