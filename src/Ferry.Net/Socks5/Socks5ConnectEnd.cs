namespace Ferry.Net.Socks5;

/// <summary>How a client's SOCKS5 exchange ended.</summary>
public enum Socks5ConnectEnd
{
    /// <summary>The stream is the bytestream from here on.</summary>
    Connected,

    /// <summary>The server wants authentication.</summary>
    MethodRefused,

    /// <summary>The server answered CONNECT with a failure; the result has its code.</summary>
    Refused,

    /// <summary>What came is not SOCKS5.</summary>
    Violation,

    /// <summary>The connection ended or broke before the answer.</summary>
    Closed,
}
