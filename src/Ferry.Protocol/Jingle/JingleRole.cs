namespace Ferry.Protocol.Jingle;

/// <summary>Who began a session.</summary>
public enum JingleRole
{
    /// <summary>Who sent session-initiate.</summary>
    Initiator,

    /// <summary>Who was asked.</summary>
    Responder,
}
