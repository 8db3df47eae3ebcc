namespace Ferry.Protocol.Socks5;

/// <summary>CMD (RFC 1928 §4). Other values may arrive; a server answers them <see cref="Socks5ReplyCode.CommandNotSupported"/>.</summary>
public enum Socks5Command : byte
{
    Connect = 1,
    Bind = 2,
    UdpAssociate = 3,
}
