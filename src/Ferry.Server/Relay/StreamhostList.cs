using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;

namespace Ferry.Server.Relay;

/// <summary>What a relay says of itself: one streamhost for each address under which clients find it.</summary>
internal static class StreamhostList
{
    /// <summary>XEP-0065 sets no bound; clients read few.</summary>
    private const int Most = 8;

    /// <summary>The advertised addresses, else those that are listened on, a wildcard standing for the machine's own.</summary>
    public static ImmutableArray<Streamhost> Of(Jid relay, ImmutableArray<DnsEndPoint> advertise, ImmutableArray<IPEndPoint> listening)
    {
        var hosts = advertise.IsEmpty
            ? listening.SelectMany(endpoint => Addresses(endpoint.Address).Select(address => (Host: address.ToString(), endpoint.Port)))
            : advertise.Select(endpoint => (endpoint.Host, Port: endpoint.Port == 0 ? listening[0].Port : endpoint.Port));
        return [.. hosts.Distinct().Take(Most).Select(host => new Streamhost(relay, host.Host, host.Port))];
    }

    private static IEnumerable<IPAddress> Addresses(IPAddress address)
    {
        if (!address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)) return [address];
        var own = NetworkInterface.GetAllNetworkInterfaces()
            .Where(card => card.OperationalStatus == OperationalStatus.Up)
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(one => one.AddressFamily == address.AddressFamily && !one.IsIPv6LinkLocal)
            .ToList();
        var reachable = own.Where(one => !IPAddress.IsLoopback(one)).ToList();
        // A machine without a network has itself.
        return reachable.Count > 0 ? reachable : own.Where(IPAddress.IsLoopback);
    }
}
