namespace Ferry.Protocol.Jingle;

/// <summary>Who ended a session.</summary>
public enum JingleEnd
{
    /// <summary>We did.</summary>
    Here,

    /// <summary>The peer did, or refused to begin.</summary>
    Peer,

    /// <summary>Nobody did: an answer, the peer or the connection stayed away.</summary>
    Nobody,
}
