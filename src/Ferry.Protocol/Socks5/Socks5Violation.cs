namespace Ferry.Protocol.Socks5;

/// <summary>Bytes that are no SOCKS5 message.</summary>
public enum Socks5Violation
{
    /// <summary>First octet isn't 5: close without an answer.</summary>
    Version,

    /// <summary>A greeting that names no method: close without an answer.</summary>
    NoMethods,

    /// <summary>ATYP isn't 1, 3 or 4, so the message has no known end: answer <see cref="Socks5ReplyCode.AddressTypeNotSupported"/>, close.</summary>
    AddressType,
}
