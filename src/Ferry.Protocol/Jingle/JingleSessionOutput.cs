using System.Collections.Immutable;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Jingle;

/// <summary>What a <see cref="JingleSession"/> wants done, and what it tells the contents' owners.</summary>
public abstract record JingleSessionOutput
{
    private JingleSessionOutput()
    {
    }

    /// <summary>Send this as an iq of type set; its answer comes back with the token.</summary>
    public sealed record Send(int Token, JingleStanza Stanza) : JingleSessionOutput;

    /// <summary>Answer a request with an empty result.</summary>
    public sealed record Acknowledge(string RequestId) : JingleSessionOutput;

    /// <summary>Answer a request with an error.</summary>
    public sealed record Refuse(string RequestId, StanzaError Error) : JingleSessionOutput;

    /// <summary>The peer offers a session with these contents: decide, then Accept or Terminate.</summary>
    public sealed record Offered(ImmutableArray<JingleContent> Contents) : JingleSessionOutput;

    /// <summary>The peer accepted these of our contents.</summary>
    public sealed record Accepted(ImmutableArray<JingleContent> Contents) : JingleSessionOutput;

    /// <summary>The peer offers one more content: AcceptContent or RejectContent.</summary>
    public sealed record ContentAdded(JingleContent Content) : JingleSessionOutput;

    /// <summary>The peer accepted a content that we added.</summary>
    public sealed record ContentAccepted(JingleContent Content) : JingleSessionOutput;

    /// <summary>The peer does not want a content of ours, or ended one.</summary>
    public sealed record ContentRemoved(ContentKey Key, JingleReason Reason) : JingleSessionOutput;

    /// <summary>The peer tells something. To be answered by its reader: a result, or <see cref="JingleErrors.UnsupportedInfo"/>.</summary>
    public sealed record InfoArrived(string RequestId, Element Info) : JingleSessionOutput;

    /// <summary>Something about a content's transport; answered already.</summary>
    public sealed record TransportInfo(ContentKey Key, Element Transport) : JingleSessionOutput;

    /// <summary>The peer wants another transport. To be answered by the content's fallback: a result, or <see cref="JingleErrors.TieBreak"/>.</summary>
    public sealed record TransportReplace(string RequestId, ContentKey Key, Element Transport) : JingleSessionOutput;

    /// <summary>The peer takes the transport that we proposed.</summary>
    public sealed record TransportAccepted(ContentKey Key, Element Transport) : JingleSessionOutput;

    /// <summary>The peer does not take it.</summary>
    public sealed record TransportRejected(ContentKey Key) : JingleSessionOutput;

    /// <summary>The peer answered our transport-replace with an error.</summary>
    public sealed record ReplaceRefused(ContentKey Key, StanzaError Error) : JingleSessionOutput;

    /// <summary>The end of the session, once.</summary>
    /// <param name="End">Who ended it.</param>
    /// <param name="Reason">Its reason on the wire, or what it would have been.</param>
    /// <param name="Failure">What it means where no reason was exchanged; null where the reason says it.</param>
    /// <param name="Text">For a person.</param>
    /// <param name="Error">The error that answered our session-initiate, if one did.</param>
    public sealed record Ended(JingleEnd End, JingleReason Reason, FailureReason? Failure, string Text, StanzaError? Error = null) : JingleSessionOutput;
}
