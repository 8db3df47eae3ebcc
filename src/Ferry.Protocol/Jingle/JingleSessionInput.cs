using System.Collections.Immutable;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Jingle;

/// <summary>What happens to a <see cref="JingleSession"/>.</summary>
public abstract record JingleSessionInput
{
    private JingleSessionInput()
    {
    }

    /// <summary>Begin as the initiator; once.</summary>
    public sealed record Initiate(ImmutableArray<JingleContent> Contents) : JingleSessionInput;

    /// <summary>Say yes to these of the contents that were offered; the others are removed.</summary>
    public sealed record Accept(ImmutableArray<JingleContent> Contents) : JingleSessionInput;

    /// <summary>Offer one more content.</summary>
    public sealed record Add(JingleContent Content) : JingleSessionInput;

    /// <summary>Say yes to a content that was added.</summary>
    public sealed record AcceptContent(JingleContent Content) : JingleSessionInput;

    /// <summary>Say no to a content that was added.</summary>
    public sealed record RejectContent(ContentKey Key, JingleReason Reason) : JingleSessionInput;

    /// <summary>End one content. The last one ends the session.</summary>
    public sealed record Remove(ContentKey Key, JingleReason Reason) : JingleSessionInput;

    /// <summary>Tell the peer something; null is a ping.</summary>
    public sealed record Tell(Element? Info) : JingleSessionInput;

    /// <summary>Say something of a content's transport: transport-info, -replace, -accept or -reject.</summary>
    public sealed record SendTransport(JingleAction Action, ContentKey Key, Element Transport) : JingleSessionInput;

    /// <summary>End the session.</summary>
    public sealed record Terminate(JingleReason Reason) : JingleSessionInput;

    /// <summary>A request of the peer's for this session. It is answered by exactly one output of that id.</summary>
    public sealed record Arrived(string RequestId, JingleStanza Stanza) : JingleSessionInput;

    /// <summary>The answer to what was sent with that token; null is a result.</summary>
    public sealed record Answered(int Token, StanzaError? Error) : JingleSessionInput;

    /// <summary>A content's bytes flow, or do not any more.</summary>
    public sealed record Streaming(ContentKey Key, bool Flows) : JingleSessionInput;

    /// <summary>The peer's presence says that it has gone.</summary>
    public sealed record PeerGone : JingleSessionInput;

    /// <summary>The peer's presence says that it is there.</summary>
    public sealed record PeerBack : JingleSessionInput;

    /// <summary>Our connection was lost, and what was agreed on over it.</summary>
    public sealed record StreamLost : JingleSessionInput;

    /// <summary>Time has passed; due at <see cref="JingleSession.NextDeadline"/>.</summary>
    public sealed record Tick : JingleSessionInput;
}
