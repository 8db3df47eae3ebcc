using System.Net;

namespace Ferry.Protocol.Socks5;

/// <summary>What an IP address is to a policy. IPv6 forms that carry an IPv4 address count as that address.</summary>
internal static class AddressRange
{
    internal enum Kind
    {
        Global,
        Loopback,
        Private,
        LinkLocal,
        Unspecified,
        Multicast,
    }

    private static readonly (IPNetwork Network, Kind Kind)[] Special =
    [
        (IPNetwork.Parse("0.0.0.0/8"), Kind.Unspecified),
        (IPNetwork.Parse("127.0.0.0/8"), Kind.Loopback),
        (IPNetwork.Parse("10.0.0.0/8"), Kind.Private),
        (IPNetwork.Parse("172.16.0.0/12"), Kind.Private),
        (IPNetwork.Parse("192.168.0.0/16"), Kind.Private),
        (IPNetwork.Parse("100.64.0.0/10"), Kind.Private), // RFC 6598, carrier-grade NAT
        (IPNetwork.Parse("169.254.0.0/16"), Kind.LinkLocal),
        (IPNetwork.Parse("224.0.0.0/4"), Kind.Multicast),
        (IPNetwork.Parse("240.0.0.0/4"), Kind.Multicast), // reserved, and 255.255.255.255
        (IPNetwork.Parse("::/128"), Kind.Unspecified),
        (IPNetwork.Parse("::1/128"), Kind.Loopback),
        (IPNetwork.Parse("fc00::/7"), Kind.Private),
        (IPNetwork.Parse("fec0::/10"), Kind.Private), // site-local, withdrawn but still routed inside sites
        (IPNetwork.Parse("fe80::/10"), Kind.LinkLocal),
        (IPNetwork.Parse("ff00::/8"), Kind.Multicast),
    ];

    /// <summary>Where an IPv6 form keeps an IPv4 address: network and offset in bytes.</summary>
    private static readonly (IPNetwork Network, int Offset)[] Carriers =
    [
        (IPNetwork.Parse("64:ff9b::/96"), 12), // RFC 6052
        (IPNetwork.Parse("2002::/16"), 2), // RFC 3056, 6to4
        (IPNetwork.Parse("::/96"), 12), // RFC 4291 §2.5.5.1, IPv4-compatible; behind :: and ::1, see Plain
    ];

    /// <summary>The IPv4 address that an IPv6 form carries, else the address itself without its zone.</summary>
    internal static IPAddress Plain(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        if (bytes.Length != 16)
        {
            return address;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        var bare = new IPAddress(bytes);
        if (bare.Equals(IPAddress.IPv6Any) || bare.Equals(IPAddress.IPv6Loopback))
        {
            return bare;
        }

        foreach ((IPNetwork network, int offset) in Carriers)
        {
            if (network.Contains(bare))
            {
                return new IPAddress(bytes.AsSpan(offset, 4));
            }
        }

        return bare;
    }

    internal static Kind KindOf(IPAddress plain) => Find(plain)?.Kind ?? Kind.Global;

    /// <summary>
    /// True when two private addresses may be taken to lie in one site: the same block of RFC 1918 or 6598, or the same /48 of RFC 4193.
    /// </summary>
    internal static bool SameSite(IPAddress one, IPAddress other)
    {
        (IPNetwork Network, Kind Kind)? range = Find(one);
        if (range is not { Kind: Kind.Private } || !range.Value.Network.Contains(other))
        {
            return false;
        }

        return !IsV6(one) || new IPNetwork(FirstBits(one, 48), 48).Contains(other);
    }

    internal static bool OnLink(OwnAddress own, IPAddress other)
    {
        IPAddress plain = Plain(own.Address);
        int bits = IsV6(plain) ? 128 : 32;
        return own.PrefixLength is > 0 && own.PrefixLength <= bits && IsV6(plain) == IsV6(other)
            && new IPNetwork(FirstBits(plain, own.PrefixLength), own.PrefixLength).Contains(other);
    }

    internal static bool IsV6(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out int written) && written == 16;
    }

    private static (IPNetwork Network, Kind Kind)? Find(IPAddress plain)
    {
        foreach ((IPNetwork network, Kind kind) in Special)
        {
            if (network.Contains(plain))
            {
                return (network, kind);
            }
        }

        return null;
    }

    private static IPAddress FirstBits(IPAddress address, int count)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int bit = count; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPAddress(bytes);
    }
}
