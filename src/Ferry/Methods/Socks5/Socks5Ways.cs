namespace Ferry.Methods.Socks5;

/// <summary>Which of the method's ways a transfer may use: its own addresses, proxies, or HTTP to a proxy.</summary>
/// <param name="Direct">Between the two ends themselves.</param>
/// <param name="Proxy">By a proxy.</param>
/// <param name="ProxyFirst">Whether the proxy is preferred.</param>
/// <param name="Bridge">By HTTP to a proxy that has a bridge.</param>
/// <param name="BridgeFirst">Whether that is preferred to everything else.</param>
internal readonly record struct Socks5Ways(bool Direct, bool Proxy, bool ProxyFirst, bool Bridge = false, bool BridgeFirst = false)
{
    /// <summary>Reads them from the names of the allowed methods, which are in order of preference.</summary>
    public static Socks5Ways Of(IReadOnlyList<string> allowed)
    {
        var names = allowed.Where(name => name is Socks5Method.Direct or Socks5Method.Proxy or Socks5Method.Bridge).ToList();
        return new Socks5Ways(
            names.Contains(Socks5Method.Direct), names.Contains(Socks5Method.Proxy), names is [Socks5Method.Proxy, ..],
            names.Contains(Socks5Method.Bridge), names is [Socks5Method.Bridge, ..]);
    }

    /// <summary>Whether a streamhost of that kind may be used.</summary>
    public bool Allow(bool byProxy) => byProxy ? Proxy : Direct;
}
