using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;

namespace Ferry.Methods.Socks5;

/// <summary>What is known of this machine's addresses when streamhosts are offered or judged.</summary>
internal static class StreamhostOffer
{
    /// <summary>Streamhosts of one offer of ours: Iris drops what comes behind the fifth.</summary>
    public const int MostHosts = 5;

    private const int ProxiesReserved = 2;

    /// <summary>The policy for this session, with the addresses as they are now.</summary>
    public static StreamhostPolicy Policy(StanzaSession session, bool allowLocal) => new()
    {
        ConnectionIsLoopback = IPAddress.IsLoopback(session.ServerEndPoint.Address),
        ServerAddress = session.ServerEndPoint.Address,
        OwnAddresses = OwnAddresses(),
        AllowLocal = allowLocal,
    };

    /// <summary>Our own streamhosts in order: the best IPv4 and IPv6 address on which somebody listens, what the user advertises, then our other addresses.</summary>
    public static IReadOnlyList<(Streamhost Host, IPAddress? Local)> Direct(
        Jid self, StreamhostPolicy policy, IReadOnlyList<string> advertise, IReadOnlyCollection<IPAddress> bound, bool onlyAdvertised, int port)
    {
        var advertised = advertise.Select(SplitHost).Select(to => (Host: new Streamhost(self, to.Host, to.Port ?? port), Local: (IPAddress?)null));
        if (onlyAdvertised) return [.. Once(advertised)];
        var own = policy.ToOffer()
            .Where(address => bound.Count == 0 || bound.Contains(address))
            .Select(address => (Host: new Streamhost(self, address.ToString(), port), Local: (IPAddress?)address))
            .ToList();
        var best = own.GroupBy(entry => entry.Local!.AddressFamily).Select(family => family.First()).ToList();
        return [.. Once([.. best, .. advertised, .. own.Except(best)])];

        static IEnumerable<(Streamhost Host, IPAddress? Local)> Once(IEnumerable<(Streamhost Host, IPAddress? Local)> entries) =>
            entries.DistinctBy(entry => (entry.Host.Host, entry.Host.Port));
    }

    /// <summary>
    /// The proxies' streamhosts that an offer may name: each proxy's first address, then each one's second; only what we ourselves may connect to. A
    /// DNS name's addresses are judged when it is dialled. A peer that may connect to all at once is told but one of each proxy.
    /// </summary>
    public static IReadOnlyList<Streamhost> ByProxy(Jid self, StreamhostPolicy policy, IReadOnlyList<IReadOnlyList<Streamhost>> proxies, bool inTurn = true) =>
    [
        .. proxies
            .SelectMany((proxy, place) => proxy.Select((host, turn) => (host, turn, place)))
            .OrderBy(entry => entry.turn).ThenBy(entry => entry.place)
            .Select(entry => entry.host)
            .Where(host => host.Jid.Bare != self.Bare && MayConnect(policy, host))
            .DistinctBy(host => (host.Host, host.Port))
            .DistinctBy(host => inTurn ? host : (object)host.Jid),
    ];

    /// <summary>One offer of at most <see cref="MostHosts"/>: the direct ones first unless proxies are preferred, and room for two proxies in any case.</summary>
    public static IReadOnlyList<Streamhost> Arrange(IReadOnlyList<Streamhost> direct, IReadOnlyList<Streamhost> byProxy, bool proxiesFirst)
    {
        var own = direct.Take(MostHosts - Math.Min(byProxy.Count, ProxiesReserved)).ToList();
        var proxies = byProxy.Take(MostHosts - own.Count);
        return proxiesFirst ? [.. proxies, .. own] : [.. own, .. proxies];
    }

    /// <summary>Splits <c>HOST</c>, <c>HOST:PORT</c>, <c>[IPv6]:PORT</c> or a plain IPv6 address.</summary>
    public static (string Host, int? Port) SplitHost(string text)
    {
        // An address in brackets is one to IPAddress too, its port included, so brackets come first.
        var end = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : -1;
        if (end > 0) return (text[1..end], PortOf(text.AsSpan(end + 1)));
        if (IPAddress.TryParse(text, out _)) return (text, null);
        var colon = text.LastIndexOf(':');
        return colon > 0 && PortOf(text.AsSpan(colon)) is { } port ? (text[..colon], port) : (text, null);
    }

    private static int? PortOf(ReadOnlySpan<char> colonAndPort) =>
        colonAndPort is [':', .. var digits] && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;

    private static bool MayConnect(StreamhostPolicy policy, Streamhost host) =>
        (IPAddress.TryParse(host.Host, out var address) ? policy.Check(address, host.Port) : StreamhostPolicy.CheckPort(host.Port)) == StreamhostVerdict.Allowed;

    private static ImmutableArray<OwnAddress> OwnAddresses()
    {
        try
        {
            return
            [
                .. NetworkInterface.GetAllNetworkInterfaces()
                    .Where(card => card.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
                    .SelectMany(card => card.GetIPProperties().UnicastAddresses)
                    .Select(unicast => new OwnAddress(unicast.Address, unicast.PrefixLength)),
            ];
        }
        catch (NetworkInformationException)
        {
            return []; // direct streams will not be offered; in-band still works
        }
    }
}
