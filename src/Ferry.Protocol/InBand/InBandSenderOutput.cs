using Ferry.Protocol.Transfers;

namespace Ferry.Protocol.InBand;

/// <summary>What an <see cref="InBandSender"/> wants done.</summary>
public abstract record InBandSenderOutput
{
    private InBandSenderOutput()
    {
    }

    /// <summary>Send an open with a new iq id.</summary>
    public sealed record SendOpen(int BlockSize, InBandStanza Stanza) : InBandSenderOutput;

    /// <summary>Read up to that many bytes of the source, then hand in BlockReady or SourceEnded. One is asked for at a time.</summary>
    public sealed record NeedBlock(int MaxBytes) : InBandSenderOutput;

    /// <summary>Send the block last handed in under this number, and keep its bytes until it is acknowledged.</summary>
    public sealed record SendData(ushort Seq) : InBandSenderOutput;

    /// <summary>Send the kept block once more: same number, new iq id.</summary>
    public sealed record ResendData(ushort Seq) : InBandSenderOutput;

    /// <summary>Ping the peer's full address (XEP-0199).</summary>
    public sealed record SendPing : InBandSenderOutput;

    /// <summary>The transfer has succeeded whatever becomes of the close: the peer acknowledged every byte of a known number.</summary>
    public sealed record Delivered : InBandSenderOutput;

    /// <summary>Send a close.</summary>
    public sealed record SendClose : InBandSenderOutput;

    /// <summary>Over.</summary>
    /// <param name="Reason">Null: every byte was delivered.</param>
    /// <param name="Text">For people; null when delivered.</param>
    /// <param name="RefusedOpen">The peer refused the open; nothing was sent.</param>
    public sealed record Ended(FailureReason? Reason, string? Text, bool RefusedOpen = false) : InBandSenderOutput;
}
