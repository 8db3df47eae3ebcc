namespace Ferry;

/// <summary>The names of stream methods, as options, events and outcomes have them.</summary>
public static class MethodNames
{
    /// <summary>SOCKS5 between the two ends themselves (XEP-0065).</summary>
    public const string Socks5Direct = "s5b-direct";

    /// <summary>SOCKS5 by a proxy (XEP-0065).</summary>
    public const string Socks5Proxy = "s5b-proxy";

    /// <summary>In-band bytestreams (XEP-0047).</summary>
    public const string InBand = "ibb";

    /// <summary>A plain TCP connection, in jabberFS.</summary>
    public const string Tcp = "tcp";

    /// <summary>HTTP to a proxy that has a bridge (bs-proxy). Used only where it is asked for.</summary>
    public const string HttpBridge = "http-bridge";

    /// <summary>Every method that this version has, in its own order of preference.</summary>
    public static IReadOnlyList<string> All { get; } = [Socks5Direct, Socks5Proxy, InBand, Tcp, HttpBridge];
}
