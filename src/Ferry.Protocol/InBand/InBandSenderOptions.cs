namespace Ferry.Protocol.InBand;

/// <summary>How a sender opens and paces its stream.</summary>
/// <param name="BlockSize">Bytes of a block in the first open: 1–65535. 4096 suits every client.</param>
/// <param name="Stanza">What carries the blocks.</param>
/// <param name="MaxWindowBytes">The most bytes without acknowledgement; a block is always allowed.</param>
public sealed record InBandSenderOptions(
    int BlockSize = 4096, InBandStanza Stanza = InBandStanza.Iq, int MaxWindowBytes = 1024 * 1024)
{
    /// <summary>The block size under which a refused open is not tried again.</summary>
    public const int MinBlockSize = 256;

    /// <summary>
    /// Bytes that will be sent, or null when unknown: when that many are acknowledged everything is delivered, whatever becomes of the peer before the
    /// source says that it has ended.
    /// </summary>
    public long? ExpectedBytes { get; init; }

    /// <summary>
    /// The peer answers a close, also one that comes later and over another session of its own, by whether it kept the bytes: so it is asked when it goes
    /// before it has acknowledged all that was sent.
    /// </summary>
    public bool TellsWhetherKept { get; init; }

    /// <summary>
    /// With <see cref="TellsWhetherKept"/> and a known number: the stream succeeds with the answer to the close, not with the last acknowledgement, which
    /// says that the bytes came and not that they were kept. Where the number is unknown it is so in any case.
    /// </summary>
    public bool AwaitsWord { get; init; }

    /// <summary>How long a peer that went with everything under way is asked, more and more seldom, whether it kept it.</summary>
    public TimeSpan ReturnTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long an open may stay unanswered.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long blocks may be under way without any being acknowledged (server shapers make it long), and a ping unanswered.</summary>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a close may stay unanswered; some clients never answer it, and nothing is lost then.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
