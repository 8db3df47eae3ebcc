using System.Collections.Immutable;

namespace Ferry.Net.Relaying;

/// <summary>The bounds of one joined pair.</summary>
public sealed record RelayTerms
{
    /// <summary>The longest time without a byte in either direction. Default 300 s.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Bytes that may move in both directions together. Default: no bound.</summary>
    public long MaxBytes { get; init; } = long.MaxValue;

    /// <summary>Each byte counts in all of these.</summary>
    public ImmutableArray<RateLimit> Rates { get; init; } = [];
}
