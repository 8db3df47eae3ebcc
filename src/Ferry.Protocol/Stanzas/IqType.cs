namespace Ferry.Protocol.Stanzas;

/// <summary>The four kinds of iq (RFC 6120 section 8.2.3).</summary>
public enum IqType
{
    Get,
    Set,
    Result,
    Error,
}
