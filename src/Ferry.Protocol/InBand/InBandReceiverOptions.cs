namespace Ferry.Protocol.InBand;

/// <summary>What a receiver expects and allows.</summary>
/// <param name="ExpectedBytes">How many bytes will come; null when nobody said: then the close ends the stream.</param>
/// <param name="MaxBytes">The most bytes taken when their number is not known.</param>
/// <param name="MaxBlockSize">Opens with larger blocks are refused with resource-constraint; 65535 when our server has no known limit.</param>
/// <param name="SkipsLastSeq">The peer is an old Smack, which goes from 65534 to 0.</param>
public sealed record InBandReceiverOptions(
    long? ExpectedBytes, long MaxBytes = long.MaxValue, int MaxBlockSize = InBandOpen.MaxBlockSize, bool SkipsLastSeq = false)
{
    /// <summary>How long no stanza of the stream may come while one is due.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(120);
}
