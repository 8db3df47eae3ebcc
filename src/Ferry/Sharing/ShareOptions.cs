using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Sharing;

/// <summary>What is shared, and with whom.</summary>
public sealed record ShareOptions
{
    /// <summary>The folders, one at least; their names differ.</summary>
    public required IReadOnlyList<SharedFolder> Folders { get; init; }

    /// <summary>Who may see and have them besides the own account. Empty: nobody.</summary>
    public IReadOnlyList<ShareRule> Allow { get; init; } = [];

    /// <summary>The most files of all folders together; folders with more are not shared at all. Default 200,000.</summary>
    public int MaxFiles { get; init; } = 200_000;

    /// <summary>How long a file must lie still before others see it, or its new content. Default 2 s.</summary>
    public TimeSpan QuietTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the folders are looked through even where the system told of no change. Default 60 s.</summary>
    public TimeSpan RescanInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The folder where hashes are kept from one run to the next; null: they are computed anew.</summary>
    public string? StateDirectory { get; init; }

    /// <summary>Hears of each file that is handed out, when it begins and when it ends. Must return at once.</summary>
    public IProgress<ServedFile>? Served { get; init; }

    /// <summary>Hears when the folders changed and how publishing goes. Must return at once.</summary>
    public IProgress<ShareStatus>? Changes { get; init; }

    /// <summary>Where log entries go.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock. Files' dates are compared with it.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
