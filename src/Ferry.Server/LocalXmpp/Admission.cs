namespace Ferry.Server.LocalXmpp;

/// <summary>Whether a queue took a stanza.</summary>
internal enum Admission
{
    Taken,

    /// <summary>No room now: wait for some, or give up.</summary>
    Full,

    /// <summary>The session is over.</summary>
    Closed,
}
