using Ferry.Protocol.Stanzas;

namespace Ferry.Protocol.Jingle.Transports;

/// <summary>What happens to a <see cref="TransportFallback"/>.</summary>
public abstract record FallbackInput
{
    private FallbackInput()
    {
    }

    /// <summary>Both agreed on the content and its first transport, which is being tried. Once.</summary>
    public sealed record Begin(string Transport) : FallbackInput;

    /// <summary>The transport under way yielded a stream.</summary>
    public sealed record Opened : FallbackInput;

    /// <summary>It did not.</summary>
    public sealed record Failed(string Text) : FallbackInput;

    /// <summary>The peer proposes another transport.</summary>
    public sealed record Proposed(string RequestId, string Transport) : FallbackInput;

    /// <summary>The peer takes what we proposed.</summary>
    public sealed record Accepted(string Transport) : FallbackInput;

    /// <summary>The peer does not take it.</summary>
    public sealed record Rejected : FallbackInput;

    /// <summary>The peer answered our proposal with an error.</summary>
    public sealed record Refused(StanzaError Error) : FallbackInput;

    /// <summary>Time has passed; due at <see cref="TransportFallback.NextDeadline"/>.</summary>
    public sealed record Tick : FallbackInput;
}
