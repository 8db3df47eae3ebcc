using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using Ferry.Net.Sessions;
using Ferry.Protocol.Socks5;

namespace Ferry.Methods.Socks5;

/// <summary>What is known of this machine's addresses when streamhosts are offered or judged.</summary>
internal static class StreamhostOffer
{
    /// <summary>The policy for this session, with the addresses as they are now.</summary>
    public static StreamhostPolicy Policy(StanzaSession session, bool allowLocal) => new()
    {
        ConnectionIsLoopback = IPAddress.IsLoopback(session.ServerEndPoint.Address),
        ServerAddress = session.ServerEndPoint.Address,
        OwnAddresses = OwnAddresses(),
        AllowLocal = allowLocal,
    };

    /// <summary>Our streamhosts in order: what the user advertises, then our own addresses on which somebody listens.</summary>
    public static IReadOnlyList<(Streamhost Host, IPAddress? Local)> Hosts(
        StanzaSession session, StreamhostPolicy policy, IReadOnlyList<string> advertise, IReadOnlyCollection<IPAddress> bound, bool onlyAdvertised, int port)
    {
        var hosts = new List<(Streamhost, IPAddress?)>();
        foreach (var text in advertise)
        {
            var (host, ownPort) = SplitHost(text);
            hosts.Add((new Streamhost(session.Jid, host, ownPort ?? port), null));
        }

        if (onlyAdvertised) return hosts;
        foreach (var address in policy.ToOffer().Where(address => bound.Count == 0 || bound.Contains(address)))
        {
            hosts.Add((new Streamhost(session.Jid, address.ToString(), port), address));
        }

        return [.. hosts.DistinctBy(entry => (entry.Item1.Host, entry.Item1.Port))];
    }

    /// <summary>Splits <c>HOST</c>, <c>HOST:PORT</c>, <c>[IPv6]:PORT</c> or a plain IPv6 address.</summary>
    public static (string Host, int? Port) SplitHost(string text)
    {
        if (IPAddress.TryParse(text, out _)) return (text, null);
        var colon = text.LastIndexOf(':');
        if (colon > 0 && int.TryParse(text.AsSpan(colon + 1), out var port)) return (text[..colon].Trim('[', ']'), port);
        return (text.Trim('[', ']'), null);
    }

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
