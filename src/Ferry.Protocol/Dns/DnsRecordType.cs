namespace Ferry.Protocol.Dns;

/// <summary>The record types that are asked for or read (RFC 1035, 3596, 2782).</summary>
public enum DnsRecordType
{
    /// <summary>An IPv4 address.</summary>
    A = 1,

    /// <summary>Another name for the same.</summary>
    Cname = 5,

    /// <summary>An IPv6 address.</summary>
    Aaaa = 28,

    /// <summary>Where a service is.</summary>
    Srv = 33,
}
