using Ferry.Cli.Connecting;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Commands.Send;

/// <summary>What <c>ferry send</c> was asked to do.</summary>
internal sealed record SendCommandOptions
{
    public required ConnectionOptions Connection { get; init; }

    /// <summary>Paths; <c>-</c> is standard input.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    public required Jid To { get; init; }

    /// <summary>The name to offer instead of the file's own; needed for standard input.</summary>
    public string? Name { get; init; }

    public string? Description { get; init; }

    public IReadOnlyList<string> Offers { get; init; } = [];

    public IReadOnlyList<string> Methods { get; init; } = [];
}
