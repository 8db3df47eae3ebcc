using Ferry.Cli.Connecting;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Commands.Receive;

/// <summary>What <c>ferry receive</c> was asked to do.</summary>
internal sealed record ReceiveCommandOptions
{
    public required ConnectionOptions Connection { get; init; }

    public string Directory { get; init; } = ".";

    /// <summary>Whose files are taken without a question; empty: somebody is asked.</summary>
    public IReadOnlyList<Jid> From { get; init; } = [];

    /// <summary>How many accepted files to wait for, or null for no end.</summary>
    public int? Count { get; init; }

    /// <summary>The most bytes of one file, or null for no bound.</summary>
    public long? MaxBytes { get; init; }

    public IReadOnlyList<string> Offers { get; init; } = [];

    public IReadOnlyList<string> Methods { get; init; } = [];

    public ExistingFile Existing { get; init; }

    /// <summary>Where it is noted what partial files are of; null: nowhere.</summary>
    public string? Journals { get; init; }
}
