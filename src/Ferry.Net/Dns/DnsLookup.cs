using Ferry.Protocol.Dns;

namespace Ferry.Net.Dns;

/// <summary>What came of a question to DNS.</summary>
public abstract record DnsLookup
{
    private DnsLookup()
    {
    }

    /// <summary>There are records of that type.</summary>
    public sealed record Found(DnsResponse Response) : DnsLookup;

    /// <summary>An authority says that there are none, or that the name does not exist.</summary>
    public sealed record Nothing(bool NoSuchName) : DnsLookup;

    /// <summary>Nobody knows: no server answered, or none wanted to. Says nothing about the name.</summary>
    public sealed record Failed(string Text) : DnsLookup;
}
