namespace Ferry.Protocol.Dns;

/// <summary>The data of an SRV record (RFC 2782).</summary>
/// <param name="Priority">0 to 65535; lower first.</param>
/// <param name="Weight">0 to 65535; share among equals.</param>
/// <param name="Port">0 to 65535.</param>
/// <param name="Target">Host name, or <c>.</c>: the service is decidedly not there.</param>
public sealed record SrvRecord(int Priority, int Weight, int Port, string Target);
