using System.Net;
using System.Net.Sockets;

namespace Ferry.Server.LocalXmpp;

/// <summary>Counts open connections, all and by address. An IPv6 client may choose among a /64, so that counts as one.</summary>
internal sealed class ConnectionCounter(int maxTotal, int maxPerAddress)
{
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private readonly Lock _gate = new();
    private int _total;

    /// <summary>One address, or the network of an IPv6 one.</summary>
    public static IPAddress Key(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes);
    }

    public bool TryEnter(IPAddress key)
    {
        lock (_gate)
        {
            var there = _byAddress.GetValueOrDefault(key);
            if (_total >= maxTotal || there >= maxPerAddress) return false;
            _byAddress[key] = there + 1;
            _total++;
            ServerMetrics.Connections.Add(1);
            return true;
        }
    }

    public void Leave(IPAddress key)
    {
        lock (_gate)
        {
            _total--;
            ServerMetrics.Connections.Add(-1);
            if (_byAddress[key] == 1) _byAddress.Remove(key);
            else _byAddress[key]--;
        }
    }
}
