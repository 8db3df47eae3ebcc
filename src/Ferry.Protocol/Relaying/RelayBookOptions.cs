namespace Ferry.Protocol.Relaying;

/// <summary>The bounds of a <see cref="RelayBook{TParty}"/>.</summary>
public sealed record RelayBookOptions
{
    /// <summary>How long a party waits for its other half, and a whole pair for its activation. Default 60 s.</summary>
    public TimeSpan PairingTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Streams that are not active; one more takes the oldest's place. Default 4096.</summary>
    public int MaxWaiting { get; init; } = 4096;
}
