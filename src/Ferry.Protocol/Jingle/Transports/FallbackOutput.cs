using Ferry.Protocol.Stanzas;

namespace Ferry.Protocol.Jingle.Transports;

/// <summary>What a <see cref="TransportFallback"/> wants done. Transports are named by their namespaces.</summary>
public abstract record FallbackOutput
{
    private FallbackOutput()
    {
    }

    /// <summary>Send a transport-replace with a fresh transport of that kind.</summary>
    public sealed record Propose(string Transport) : FallbackOutput;

    /// <summary>Answer the peer's transport-replace with a result.</summary>
    public sealed record Acknowledge(string RequestId) : FallbackOutput;

    /// <summary>Answer it with an error.</summary>
    public sealed record Refuse(string RequestId, StanzaError Error) : FallbackOutput;

    /// <summary>Send a transport-accept for what the peer proposed, and try it.</summary>
    public sealed record Accept(string Transport) : FallbackOutput;

    /// <summary>Send a transport-reject for it.</summary>
    public sealed record Reject(string Transport) : FallbackOutput;

    /// <summary>Give up what is being tried.</summary>
    public sealed record Stop : FallbackOutput;

    /// <summary>Try what we proposed.</summary>
    public sealed record Run(string Transport) : FallbackOutput;

    /// <summary>The end: no transport is left.</summary>
    public sealed record GiveUp(string Text) : FallbackOutput;
}
