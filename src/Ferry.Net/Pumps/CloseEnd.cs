namespace Ferry.Net.Pumps;

/// <summary>How the end of a socket's stream went.</summary>
public enum CloseEnd
{
    /// <summary>The peer's FIN came: it has read everything and closed as well.</summary>
    PeerClosed,

    /// <summary>Nothing came within the time.</summary>
    Silent,

    /// <summary>The connection was reset, or gone already.</summary>
    Broken,
}
