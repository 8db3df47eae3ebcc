namespace Ferry.Protocol.Socks5;

/// <summary>ATYP (RFC 1928 §5).</summary>
public enum Socks5AddressType : byte
{
    IPv4 = 1,
    DomainName = 3,
    IPv6 = 4,
}
