namespace Ferry.Server.Hosting;

/// <summary>A part that has transfers running when the daemon is told to stop.</summary>
public interface IDrainable
{
    /// <summary>Transfers that run now.</summary>
    int Running { get; }

    /// <summary>
    /// Takes nothing new from now on and completes when the last transfer has ended. Cancelled, the time for that is over: what still runs is ended with a
    /// named ending, and it completes soon, without throwing.
    /// </summary>
    Task DrainAsync(CancellationToken cancellationToken);
}
