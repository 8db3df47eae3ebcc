using Ferry.Transfers;

namespace Ferry.Offers;

/// <summary>What the caller said about one transfer.</summary>
/// <param name="Report">Where events go and outcomes come from.</param>
/// <param name="Methods">Names of the methods that may be used, in order.</param>
/// <param name="Progress">Hears of bytes.</param>
internal sealed record OfferTerms(TransferReport Report, IReadOnlyList<string> Methods, IProgress<TransferProgress>? Progress)
{
    /// <summary>See <see cref="SendOptions.StreamId"/>.</summary>
    public string? StreamId { get; init; }
}
