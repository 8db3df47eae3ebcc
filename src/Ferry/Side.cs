namespace Ferry;

/// <summary>Where the cause of a failure lies.</summary>
public enum Side
{
    /// <summary>On this machine or in this call.</summary>
    Here,

    /// <summary>At the peer.</summary>
    Peer,

    /// <summary>Between the two.</summary>
    Network,

    /// <summary>At an XMPP server.</summary>
    Server,
}
