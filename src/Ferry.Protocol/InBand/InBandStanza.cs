namespace Ferry.Protocol.InBand;

/// <summary>Which stanzas carry the blocks (XEP-0047 section 2.1, the attribute <c>stanza</c>).</summary>
public enum InBandStanza
{
    /// <summary>An iq for each block, answered one by one.</summary>
    Iq,

    /// <summary>A message for each block, without answers.</summary>
    Message,
}
