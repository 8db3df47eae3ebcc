namespace Ferry.Net.Components;

/// <summary>Why a component is not attached.</summary>
public enum ComponentFailureReason
{
    /// <summary>Nobody takes connections there: refused, unreachable, unknown host.</summary>
    Connect,

    /// <summary>The handshake was not over in time.</summary>
    Timeout,

    /// <summary>The secret cannot be read.</summary>
    Secret,

    /// <summary>The server has another secret for this domain.</summary>
    NotAuthorized,

    /// <summary>The server knows no such component.</summary>
    HostUnknown,

    /// <summary>Somebody else is attached as this domain.</summary>
    Conflict,

    /// <summary>The server ended the stream with another error.</summary>
    StreamError,

    /// <summary>The server, or whoever listens there, does not speak XEP-0114.</summary>
    Protocol,

    /// <summary>The connection ended, broke or fell silent.</summary>
    Lost,
}
