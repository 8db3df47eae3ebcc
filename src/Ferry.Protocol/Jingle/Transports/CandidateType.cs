namespace Ferry.Protocol.Jingle.Transports;

/// <summary>How a SOCKS5 candidate is reached (XEP-0260 section 2.2).</summary>
public enum CandidateType
{
    /// <summary>An address of the offering side's own.</summary>
    Direct,

    /// <summary>One that a router was asked for.</summary>
    Assisted,

    /// <summary>The end of a tunnel.</summary>
    Tunnel,

    /// <summary>A proxy that both connect to.</summary>
    Proxy,
}
