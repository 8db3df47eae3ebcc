namespace Ferry.Protocol.Socks5;

/// <summary>A request of a client (RFC 1928 §4).</summary>
public sealed record Socks5Request(Socks5Command Command, Socks5Address Destination);
