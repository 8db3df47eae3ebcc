namespace Ferry.Protocol.JabberFs;

/// <summary>Which words a peer speaks.</summary>
public enum JabberFsDialect
{
    /// <summary>In Ferry's own namespace: stanzas are tied together by <c>sid</c>, connections prove themselves by a token.</summary>
    Native,

    /// <summary>As printed in 2002, in <c>jabber:iq:oob</c> without <c>url</c>: tied together by the iq's id, no token, no hashes, no <c>complete</c>.</summary>
    Legacy,
}
