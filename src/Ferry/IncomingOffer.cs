using Ferry.Protocol.Addressing;
using Ferry.Protocol.Jingle.Files;

namespace Ferry;

/// <summary>
/// A file that somebody offers. Accept or decline it; an offer that is left alone expires at the sender. Everything in it is the peer's
/// claim: <see cref="Name"/> is checked for this file system, the rest is shown as it came.
/// </summary>
public abstract class IncomingOffer
{
    private protected IncomingOffer()
    {
    }

    /// <summary>The id that the transfer will have.</summary>
    public abstract string Transfer { get; }

    /// <summary>Who offers it: a full address.</summary>
    public abstract Jid Peer { get; }

    /// <summary>The offered name after checking: one component, safe to create (protocols of the field allow anything on the wire).</summary>
    public abstract string Name { get; }

    /// <summary>The claimed size in bytes, or null when the sender does not know it.</summary>
    public abstract long? Size { get; }

    /// <summary>The sender's words, or null. Untrusted text.</summary>
    public abstract string? Description { get; }

    /// <summary>The claimed time of the last change, or null.</summary>
    public abstract DateTimeOffset? Modified { get; }

    /// <summary>
    /// Small pictures of the content that the sender could give (XEP-0264), at most 16; empty where it tells of none. They are told of, never fetched: untrusted,
    /// like everything here.
    /// </summary>
    public virtual IReadOnlyList<FileThumbnail> Thumbnails => [];

    /// <summary>The offer's name (<c>si</c>, <c>none</c>).</summary>
    public abstract string Offer { get; }

    /// <summary>
    /// Cancelled when the offer cannot be accepted any more: its sender has gone or taken no answer in time, or our connection was lost. Accepting it then
    /// ends in a failure that says which. A question to a person can be taken back by it.
    /// </summary>
    public virtual CancellationToken Withdrawn => CancellationToken.None;

    /// <summary>
    /// Takes the file into <paramref name="directory"/>. It is written to a partial file beside its target, verified and then renamed. A target
    /// that cannot be written declines the offer, and the outcome says why. Cancelling ends the transfer at both ends.
    /// </summary>
    public abstract Task<Outcome> AcceptAsync(string directory, ReceiveOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Takes the bytes into a stream, which stays open. Its content counts only when the outcome is a success.</summary>
    public abstract Task<Outcome> AcceptAsync(Stream target, ReceiveOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Says no. The sender's outcome is <see cref="FailureReason.Refused"/>.</summary>
    public abstract Task<Outcome> DeclineAsync(CancellationToken cancellationToken = default);
}
