using System.Collections.Immutable;
using System.Net;

namespace Ferry.Protocol.Socks5;

/// <summary>
/// Which addresses we let a peer send us to, and which of ours we show (XEP-0065 §11; a peer that names addresses makes us open
/// connections inside our own network). Literal addresses are checked as they stand; a DNS name's port first, and then every address
/// it resolves to, so that a name can't lead where a literal may not.
/// </summary>
public sealed record StreamhostPolicy
{
    /// <summary>Streamhosts of one offer that are looked at; the rest is ignored.</summary>
    public const int MaxStreamhosts = 16;

    /// <summary>Direct addresses that we offer: a proxy still fits into the five that Iris keeps.</summary>
    public const int MaxOffered = 4;

    /// <summary>True when our own XMPP connection goes over loopback: then so may the peer's.</summary>
    public bool ConnectionIsLoopback { get; init; }

    /// <summary>The address of our XMPP server, when known.</summary>
    public IPAddress? ServerAddress { get; init; }

    /// <summary>The addresses of our interfaces.</summary>
    public ImmutableArray<OwnAddress> OwnAddresses { get; init; } = [];

    /// <summary>Lets loopback, private and link-local addresses pass; never the unspecified one, multicast or refused ports.</summary>
    public bool AllowLocal { get; init; }

    /// <summary>May we connect to this address and port?</summary>
    public StreamhostVerdict Check(IPAddress address, int port)
    {
        StreamhostVerdict byPort = CheckPort(port);
        return byPort == StreamhostVerdict.Allowed ? CheckAddress(AddressRange.Plain(address)) : byPort;
    }

    /// <summary>The part of <see cref="Check"/> that needs no address: for a DNS name before it is looked up.</summary>
    public static StreamhostVerdict CheckPort(int port) =>
        port is >= 1024 and <= 65535 or 80 or 443 ? StreamhostVerdict.Allowed : StreamhostVerdict.Port;

    /// <summary>Whether an address means the same host everywhere.</summary>
    public static bool IsGlobal(IPAddress address) => AddressRange.KindOf(AddressRange.Plain(address)) == AddressRange.Kind.Global;

    /// <summary>
    /// Our addresses to offer, best first: loopback only to a loopback server, then the best IPv4, the best IPv6, and the others in
    /// turn; at most <see cref="MaxOffered"/>. Global addresses go before private ones, those in the server's range before other private ones.
    /// </summary>
    public ImmutableArray<IPAddress> ToOffer()
    {
        IPAddress[] usable = [.. OwnAddresses.Select(own => AddressRange.Plain(own.Address)).Distinct().Where(IsOffered)];
        IPAddress[] loopback = [.. usable.Where(IsLoopback).OrderBy(AddressRange.IsV6)];
        IPAddress[] four = [.. usable.Where(a => !IsLoopback(a) && !AddressRange.IsV6(a)).OrderBy(Rank)];
        IPAddress[] six = [.. usable.Where(a => !IsLoopback(a) && AddressRange.IsV6(a)).OrderBy(Rank)];
        IEnumerable<IPAddress> inTurn = [.. four.Take(1), .. six.Take(1), .. four.Skip(1), .. six.Skip(1)];
        return [.. loopback.Concat(inTurn).Take(MaxOffered)];
    }

    private StreamhostVerdict CheckAddress(IPAddress plain) => AddressRange.KindOf(plain) switch
    {
        AddressRange.Kind.Unspecified => StreamhostVerdict.Unspecified,
        AddressRange.Kind.Multicast => StreamhostVerdict.Multicast,
        AddressRange.Kind.Loopback when !AllowLocal && !ConnectionIsLoopback => StreamhostVerdict.Loopback,
        AddressRange.Kind.LinkLocal when !AllowLocal => StreamhostVerdict.LinkLocal,
        AddressRange.Kind.Private when !AllowLocal && !IsNear(plain) => StreamhostVerdict.Private,
        _ => StreamhostVerdict.Allowed,
    };

    private bool IsNear(IPAddress plain) =>
        InServersRange(plain)
        || OwnAddresses.Any(own => AddressRange.SameSite(plain, AddressRange.Plain(own.Address)) || AddressRange.OnLink(own, plain));

    private bool InServersRange(IPAddress plain) =>
        ServerAddress is not null && AddressRange.SameSite(plain, AddressRange.Plain(ServerAddress));

    private bool IsOffered(IPAddress plain) => AddressRange.KindOf(plain) switch
    {
        AddressRange.Kind.Global or AddressRange.Kind.Private => true,
        AddressRange.Kind.Loopback => ConnectionIsLoopback,
        _ => false,
    };

    private int Rank(IPAddress plain)
    {
        if (AddressRange.KindOf(plain) == AddressRange.Kind.Global)
        {
            return 0;
        }

        return InServersRange(plain) ? 1 : 2;
    }

    private static bool IsLoopback(IPAddress plain) => AddressRange.KindOf(plain) == AddressRange.Kind.Loopback;
}
