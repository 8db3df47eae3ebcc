namespace Ferry;

/// <summary>How a client stands with its server.</summary>
public enum ConnectionState
{
    /// <summary>Logged in.</summary>
    Online,

    /// <summary>
    /// The connection broke. It is being resumed or replaced; transfers over sockets go on, in-band ones wait for a resumption, and new ones wait for the
    /// log-in.
    /// </summary>
    Interrupted,

    /// <summary>Over for good: see <see cref="FerryClient.Completion"/>.</summary>
    Closed,
}
