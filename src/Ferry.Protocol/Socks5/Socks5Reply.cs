namespace Ferry.Protocol.Socks5;

/// <summary>A server's answer to a request (RFC 1928 §6).</summary>
/// <param name="Code">Success or the kind of failure.</param>
/// <param name="Bound">
/// Any address at all: libpurple names its own, most echo the request. Null on a failure, which is read no further than its code
/// because servers cut it short.
/// </param>
public sealed record Socks5Reply(Socks5ReplyCode Code, Socks5Address? Bound);
