namespace Ferry.Protocol.Socks5;

/// <summary>A server's answer to a greeting (RFC 1928 §3).</summary>
/// <param name="Accepted">True for method 00, the one we offer; anything else, FF included, ends the exchange.</param>
public sealed record Socks5MethodReply(bool Accepted);
