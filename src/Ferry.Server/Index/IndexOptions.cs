using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;

namespace Ferry.Server.Index;

/// <summary>What an index is and what it grants.</summary>
public sealed record IndexOptions
{
    /// <summary>A SQLite file, or a PostgreSQL connection string (<c>Host=…;Database=…</c>).</summary>
    public required string Database { get; init; }

    /// <summary>Who may search and publish. Closed by default.</summary>
    public IndexAudience Allow { get; init; } = IndexAudience.Nobody;

    /// <summary>Who finds what an owner said nothing about.</summary>
    public Visibility Visibility { get; init; } = Visibility.Granted;

    /// <summary>Files of one owner.</summary>
    public int MaxFilesPerOwner { get; init; } = 1_000_000;

    /// <summary>Shares of one owner.</summary>
    public int MaxSharesPerOwner { get; init; } = 64;

    public int MaxOwners { get; init; } = 100_000;

    /// <summary>Grants of one owner, members of groups included.</summary>
    public int MaxGrantsPerOwner { get; init; } = 10_000;

    /// <summary>Clients of one owner that are there at one time.</summary>
    public int MaxSessionsPerOwner { get; init; } = 16;

    /// <summary>An owner whose clients were all away for so long is forgotten with all shares.</summary>
    public TimeSpan PurgeAfter { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long one search may take; whoever asked for more is told to say more words.</summary>
    public TimeSpan SearchTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The index of an embedded server with nothing set up: for its own users, in a file of the data folder.</summary>
    public static IndexOptions Embedded(Jid domain, string dataFolder) =>
        new() { Database = Path.Combine(dataFolder, FileName), Allow = new IndexAudience([domain], Everybody: false) };

    /// <summary>Whether a text is a PostgreSQL connection string and not a file's path.</summary>
    public static bool IsConnectionString(string database) =>
        database.Split(';').Select(part => part.Split('=')).Any(pair => pair.Length > 1 && pair[0].Trim().ToLowerInvariant() is "host" or "server");

    /// <summary>What the database is called in a data folder.</summary>
    public const string FileName = "index.db";

    /// <summary>Groups of rosters that an account is in; null: rosters are not known here, and groups are what their owners say.</summary>
    internal Func<Jid, CancellationToken, Task<IReadOnlyList<RosterGroup>>>? RosterGroups { get; init; }
}
