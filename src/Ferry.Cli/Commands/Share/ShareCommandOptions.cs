using Ferry.Cli.Connecting;
using Ferry.Sharing;

namespace Ferry.Cli.Commands.Share;

/// <summary>What <c>ferry share</c> was asked to do.</summary>
internal sealed record ShareCommandOptions
{
    public required ConnectionOptions Connection { get; init; }

    public required IReadOnlyList<SharedFolder> Folders { get; init; }

    /// <summary>Who may see and have the files besides the own account.</summary>
    public IReadOnlyList<ShareRule> Allow { get; init; } = [];

    /// <summary>The most files, or null for the library's limit.</summary>
    public int? MaxFiles { get; init; }

    public IReadOnlyList<string> Offers { get; init; } = [];

    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Where hashes are kept from one run to the next; null: nowhere.</summary>
    public string? State { get; init; }
}
