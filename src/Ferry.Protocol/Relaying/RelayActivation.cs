namespace Ferry.Protocol.Relaying;

/// <summary>The answer to somebody who wants a stream activated.</summary>
public enum RelayActivation
{
    /// <summary>It is active now.</summary>
    Active,

    /// <summary>Nobody has connected for that stream, or the asker is not its requester.</summary>
    Unknown,

    /// <summary>Only one party is there.</summary>
    Incomplete,

    /// <summary>It is active already.</summary>
    AlreadyActive,
}
