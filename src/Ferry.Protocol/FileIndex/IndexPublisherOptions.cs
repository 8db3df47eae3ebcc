namespace Ferry.Protocol.FileIndex;

/// <summary>How a share is cut into parts.</summary>
/// <param name="Share">The share's name.</param>
/// <param name="MaxBytes">Bytes of a part's payload; with the addresses around it a stanza stays under 9 KB where nothing is known of the servers' limits.</param>
/// <param name="MaxFiles">Files of a part; 200 at most.</param>
/// <param name="Window">Parts under way at one time.</param>
public sealed record IndexPublisherOptions(string Share, int MaxBytes = 8 * 1024, int MaxFiles = IndexPublish.MaxFiles, int Window = 32)
{
    /// <summary>Who finds the share; null: as the index has it.</summary>
    public Visibility? Visibility { get; init; }

    /// <summary>An answer that does not come in this time counts as a lost connection.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The wait before a full series after a part that could not be taken now.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(30);
}
