using System.Net;

namespace Ferry.Protocol.Socks5;

/// <summary>An address of one of our interfaces.</summary>
/// <param name="Address">IPv4 or IPv6.</param>
/// <param name="PrefixLength">Bits of the interface's network: 0–32 or 0–128.</param>
public sealed record OwnAddress(IPAddress Address, int PrefixLength);
