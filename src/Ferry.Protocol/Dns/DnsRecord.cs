using System.Net;

namespace Ferry.Protocol.Dns;

/// <summary>A record of an answer. Names are lower case without a closing dot; the root is <c>.</c>.</summary>
/// <param name="Name">Whose record it is.</param>
public abstract record DnsRecord(string Name)
{
    /// <summary>A or AAAA.</summary>
    public sealed record Address(string Name, IPAddress Value) : DnsRecord(Name);

    /// <summary>CNAME.</summary>
    public sealed record Alias(string Name, string Target) : DnsRecord(Name);

    /// <summary>SRV.</summary>
    public sealed record Service(string Name, SrvRecord Value) : DnsRecord(Name);
}
