namespace Ferry.Protocol.Stanzas;

/// <summary>What the sender of the failed stanza may do about it (RFC 6120 section 8.3.2).</summary>
public enum ErrorType
{
    /// <summary>Do not retry.</summary>
    Cancel,

    /// <summary>Proceed: it was only a warning.</summary>
    Continue,

    /// <summary>Retry after changing the data.</summary>
    Modify,

    /// <summary>Retry with credentials.</summary>
    Auth,

    /// <summary>Retry after waiting.</summary>
    Wait,
}
