namespace Ferry.Protocol.Socks5;

/// <summary>REP (RFC 1928 §6). Other values may arrive; all but <see cref="Succeeded"/> are failures.</summary>
public enum Socks5ReplyCode : byte
{
    Succeeded = 0,
    GeneralFailure = 1,
    NotAllowed = 2,
    NetworkUnreachable = 3,
    HostUnreachable = 4,
    ConnectionRefused = 5,
    TtlExpired = 6,
    CommandNotSupported = 7,
    AddressTypeNotSupported = 8,
}
