using Ferry.Net.Sessions;
using Ferry.Peers;

namespace Ferry.Methods;

/// <summary>
/// A way for bytes. It answers three questions: can it reach this peer; what does it add to an offer (its <see cref="Feature"/>); and it opens
/// the stream once both sides agree. Adding one is a new folder and one line in <see cref="MethodRegistry"/>; offers never name a method.
/// </summary>
internal interface IStreamMethod
{
    /// <summary>The namespace that stands for it in feature lists and in SI's stream methods.</summary>
    string Feature { get; }

    /// <summary>Its names for people: a method that goes direct or by proxy has two.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Those of its names that are used only where somebody asks for them.</summary>
    IReadOnlyList<string> OnRequest => [];

    /// <summary>Registers the handlers of its stanzas. Incoming requests go to <paramref name="opens"/>.</summary>
    void Attach(StanzaSession session, OpenRequests opens);

    /// <summary>Whether it could reach this peer, as far as can be told before trying.</summary>
    bool CanReach(Peer peer);

    /// <summary>Why this peer could not take so many bytes (null: unknown) this way, for a person; null when nothing speaks against it.</summary>
    string? Objection(Peer peer, long? length) => null;

    /// <summary>Opens a stream to the peer, as the side that offers it. Cancellation throws, after the peer was told as far as possible.</summary>
    Task<MethodResult> OpenAsync(StreamOpening opening, CancellationToken cancellationToken);

    /// <summary>Answers the peer's request to open a stream that was agreed on. Cancellation answers the request with a refusal, then throws.</summary>
    Task<MethodResult> AnswerAsync(OpenRequest request, StreamOpening opening, CancellationToken cancellationToken);
}
