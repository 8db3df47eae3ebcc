namespace Ferry.Protocol.Socks5;

/// <summary>What a client opens with (RFC 1928 §3).</summary>
/// <param name="MethodCount">1–255.</param>
/// <param name="OffersNoAuthentication">True when method 00 is among them: the only one that XEP-0065 knows.</param>
public sealed record Socks5Greeting(int MethodCount, bool OffersNoAuthentication);
