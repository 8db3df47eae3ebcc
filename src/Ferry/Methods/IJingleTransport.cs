using Ferry.Peers;

namespace Ferry.Methods;

/// <summary>
/// A method under Jingle, where both sides say where they can be reached and the session carries what they tell each other. Implemented beside its method,
/// with whose parts it works, and registered like it; Jingle's offers know transports only through <see cref="JingleTransportRegistry"/>.
/// </summary>
internal interface IJingleTransport
{
    /// <summary>The namespace of its <c>transport</c> and its feature.</summary>
    string Namespace { get; }

    /// <summary>The names of methods that it carries out.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Why this peer could not take so many bytes (null: unknown) this way, for a person; null when nothing speaks against it.</summary>
    string? Objection(Peer peer, long? length);

    /// <summary>Begins one attempt; nothing is sent or opened yet.</summary>
    JingleTransportAttempt Begin(JingleTransportTerms terms);
}
