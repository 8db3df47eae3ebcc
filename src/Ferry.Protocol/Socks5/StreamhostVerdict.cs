namespace Ferry.Protocol.Socks5;

/// <summary>May we connect to a streamhost that a peer named, and if not, why.</summary>
public enum StreamhostVerdict
{
    Allowed,

    /// <summary>A loopback address, and our own XMPP connection isn't over loopback.</summary>
    Loopback,

    /// <summary>A private address in a range where neither we nor our server have one.</summary>
    Private,

    /// <summary>A link-local address.</summary>
    LinkLocal,

    /// <summary>The unspecified address or "this network".</summary>
    Unspecified,

    /// <summary>Multicast, broadcast or reserved: nothing that TCP can reach.</summary>
    Multicast,

    /// <summary>0, above 65535, or below 1024 and neither 80 nor 443.</summary>
    Port,
}
