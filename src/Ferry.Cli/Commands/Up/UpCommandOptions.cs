using Ferry.Cli.Connecting;

namespace Ferry.Cli.Commands.Up;

/// <summary>What <c>ferry up</c> was asked to be.</summary>
internal sealed record UpCommandOptions
{
    public string Domain { get; init; } = "localhost";

    /// <summary>The data folder.</summary>
    public required string Data { get; init; }

    /// <summary>Whether <see cref="Data"/> is the one that <c>ferry account</c> takes without being told.</summary>
    public bool IsDefaultData { get; init; }

    /// <summary>For the whole network and not only for this machine.</summary>
    public bool Lan { get; init; }

    /// <summary>Null: 5222, or a free one where that is taken.</summary>
    public int? Port { get; init; }

    public bool Json { get; init; }

    public Verbosity Verbosity { get; init; } = Verbosity.Normal;
}
