using System.Net;

namespace Ferry.Protocol.Dns;

/// <summary>A server's answer.</summary>
/// <param name="Id">Of the query.</param>
/// <param name="Code">RCODE: 0 fine, 2 server failure, 3 no such name, 5 refused.</param>
/// <param name="Truncated">Ask again over TCP; <paramref name="Answers"/> is empty then.</param>
/// <param name="Question">The name asked for, lower case without closing dot.</param>
/// <param name="QuestionType">The type asked for.</param>
/// <param name="Answers">Records of the types that we know, for whatever name.</param>
public sealed record DnsResponse(
    int Id, int Code, bool Truncated, string Question, DnsRecordType QuestionType, IReadOnlyList<DnsRecord> Answers)
{
    /// <summary>RCODE of success.</summary>
    public const int NoError = 0;

    /// <summary>RCODE of a name that does not exist.</summary>
    public const int NoSuchName = 3;

    /// <summary>The longest chain of aliases followed.</summary>
    public const int MaxAliases = 8;

    /// <summary>SRV records of the name asked for or what it is an alias of.</summary>
    public IEnumerable<SrvRecord> Services => Owned<DnsRecord.Service>().Select(r => r.Value);

    /// <summary>Addresses of the name asked for or what it is an alias of.</summary>
    public IEnumerable<IPAddress> Addresses => Owned<DnsRecord.Address>().Select(r => r.Value);

    private IEnumerable<T> Owned<T>()
        where T : DnsRecord
    {
        var name = Question;
        for (var i = 0; i < MaxAliases && Answers.OfType<DnsRecord.Alias>().FirstOrDefault(a => a.Name == name) is { } alias; i++)
            name = alias.Target;
        return Answers.OfType<T>().Where(r => r.Name == name);
    }
}
