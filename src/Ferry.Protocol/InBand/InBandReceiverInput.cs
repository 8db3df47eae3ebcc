using Ferry.Protocol.Stanzas;

namespace Ferry.Protocol.InBand;

/// <summary>What happens to an <see cref="InBandReceiver"/>.</summary>
public abstract record InBandReceiverInput
{
    private InBandReceiverInput()
    {
    }

    /// <summary>An open for this stream came.</summary>
    public sealed record Opened(InBandOpen Open) : InBandReceiverInput;

    /// <summary>A block came that could be read.</summary>
    /// <param name="Seq">Its number as sent.</param>
    /// <param name="Length">Its bytes.</param>
    /// <param name="Stanza">What carried it: decides whether there is an answer, whatever the open said.</param>
    public sealed record BlockArrived(uint Seq, int Length, InBandStanza Stanza = InBandStanza.Iq) : InBandReceiverInput;

    /// <summary>A block came that could not be read.</summary>
    public sealed record BlockUnreadable(StanzaError Error, InBandStanza Stanza = InBandStanza.Iq) : InBandReceiverInput;

    /// <summary>The oldest taken block was put where it goes, and acknowledged if it came by iq.</summary>
    public sealed record BlockStored : InBandReceiverInput;

    /// <summary>A close came.</summary>
    public sealed record CloseArrived : InBandReceiverInput;

    /// <summary>The deadline has passed, or it may have.</summary>
    public sealed record Tick : InBandReceiverInput;

    /// <summary>This side gives up.</summary>
    public sealed record Cancel : InBandReceiverInput;

    /// <summary>The peer went offline.</summary>
    public sealed record PeerGone : InBandReceiverInput;

    /// <summary>Our XMPP stream is gone and was not resumed.</summary>
    public sealed record StreamLost : InBandReceiverInput;
}
