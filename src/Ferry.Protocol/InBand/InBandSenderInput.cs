using Ferry.Protocol.Stanzas;

namespace Ferry.Protocol.InBand;

/// <summary>What happens to an <see cref="InBandSender"/>.</summary>
public abstract record InBandSenderInput
{
    private InBandSenderInput()
    {
    }

    /// <summary>Begin.</summary>
    public sealed record Start : InBandSenderInput;

    /// <summary>The open was answered by a result.</summary>
    public sealed record OpenAnswered : InBandSenderInput;

    /// <summary>The open was answered by an error.</summary>
    public sealed record OpenRefused(StanzaError Error) : InBandSenderInput;

    /// <summary>The block that <see cref="InBandSenderOutput.NeedBlock"/> asked for: 1 to its most bytes.</summary>
    public sealed record BlockReady(int Length) : InBandSenderInput;

    /// <summary>Instead of a block: there are no more bytes.</summary>
    public sealed record SourceEnded : InBandSenderInput;

    /// <summary>The block's iq was answered by a result.</summary>
    public sealed record BlockAcked(ushort Seq) : InBandSenderInput;

    /// <summary>The block's stanza was answered by an error.</summary>
    public sealed record BlockRefused(ushort Seq, StanzaError Error) : InBandSenderInput;

    /// <summary>The ping was answered, by a result or by an error of the peer's client.</summary>
    public sealed record PingAnswered : InBandSenderInput;

    /// <summary>The peer sent <c>close</c>; the driver has answered it.</summary>
    public sealed record PeerClosed : InBandSenderInput;

    /// <summary>Our close was answered, by a result or an error.</summary>
    public sealed record CloseAnswered(StanzaError? Error = null) : InBandSenderInput;

    /// <summary>The deadline has passed, or it may have.</summary>
    public sealed record Tick : InBandSenderInput;

    /// <summary>This side gives up.</summary>
    public sealed record Cancel : InBandSenderInput;

    /// <summary>The peer went offline.</summary>
    public sealed record PeerGone : InBandSenderInput;

    /// <summary>The peer is there, maybe again.</summary>
    public sealed record PeerBack : InBandSenderInput;

    /// <summary>Our XMPP stream is gone and was not resumed.</summary>
    public sealed record StreamLost : InBandSenderInput;
}
