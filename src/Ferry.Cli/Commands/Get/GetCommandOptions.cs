using Ferry.Cli.Connecting;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Commands.Get;

/// <summary>What <c>ferry get</c> was asked to do.</summary>
internal sealed record GetCommandOptions
{
    public required ConnectionOptions Connection { get; init; }

    /// <summary>Whose files.</summary>
    public required Jid From { get; init; }

    /// <summary>What to get, in this order.</summary>
    public required IReadOnlyList<Wish> Wishes { get; init; }

    public string Directory { get; init; } = ".";

    /// <summary>The most bytes of one file, or null for no bound.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Ways to ask, in order; empty: all.</summary>
    public IReadOnlyList<string> Offers { get; init; } = [];

    public IReadOnlyList<string> Methods { get; init; } = [];

    public ExistingFile Existing { get; init; }

    /// <summary>Where it is noted what partial files are of; null: nowhere.</summary>
    public string? Journals { get; init; }
}
