using Ferry.Cli.Connecting;

namespace Ferry.Cli.Commands.Demo;

/// <summary>What <c>ferry demo</c> was asked to show.</summary>
internal sealed record DemoCommandOptions
{
    public bool Json { get; init; }

    public Verbosity Verbosity { get; init; } = Verbosity.Normal;

    /// <summary>What is sent by each method.</summary>
    public IReadOnlyList<DemoFile> Files { get; init; } = DemoFile.Standard;

    /// <summary>How long Spark's flow waits for a silent streamhost.</summary>
    public TimeSpan Socks5Wait { get; init; } = TimeSpan.FromSeconds(2);
}
