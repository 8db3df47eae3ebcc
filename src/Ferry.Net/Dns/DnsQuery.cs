using Ferry.Protocol.Dns;

namespace Ferry.Net.Dns;

/// <summary>Asks DNS; <see cref="StubResolver.QueryAsync"/> or a test's stand-in.</summary>
public delegate Task<DnsLookup> DnsQuery(string name, DnsRecordType type, CancellationToken cancellationToken);
