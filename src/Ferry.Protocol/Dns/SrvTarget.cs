namespace Ferry.Protocol.Dns;

/// <summary>Where to connect, by SRV.</summary>
/// <param name="Host">Host name.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="DirectTls">TLS from the first byte (<c>_xmpps-client</c>), else STARTTLS.</param>
public sealed record SrvTarget(string Host, int Port, bool DirectTls);
