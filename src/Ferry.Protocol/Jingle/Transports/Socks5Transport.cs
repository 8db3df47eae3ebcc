using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Jingle.Transports;

/// <summary>A <c>transport</c> of XEP-0260: candidates in an offer or an answer, or one notice in a transport-info.</summary>
/// <param name="Sid">The stream's id, the same both ways and not the session's.</param>
/// <param name="Candidates">At most <see cref="MostCandidates"/>; what is malformed or comes twice is left out.</param>
public sealed record Socks5Transport(string Sid, ImmutableArray<Socks5Candidate> Candidates)
{
    /// <summary>Candidates of one side that are looked at.</summary>
    public const int MostCandidates = 20;

    /// <summary>Longer ids are refused.</summary>
    public const int MostSidCharacters = 256;

    /// <summary>What both ask proxies of the offering side for; null where the default holds.</summary>
    public DestinationAddress? Destination { get; init; }

    /// <summary>Datagrams instead of a stream: not for files.</summary>
    public bool IsUdp { get; init; }

    /// <summary>Said by an initiator only: <c>mode='tcp'</c>.</summary>
    public bool SaysMode { get; init; }

    /// <summary>What a transport-info says, or null.</summary>
    public Socks5Notice? Notice { get; init; }

    /// <summary>Reads <c>transport</c>; false without a sid or with a <c>dstaddr</c> that is no hash.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out Socks5Transport? transport)
    {
        transport = null;
        if (!element.Is(Namespaces.JingleSocks5, "transport") || element.Attribute("sid") is not { Length: > 0 and <= MostSidCharacters } sid) return false;
        DestinationAddress? destination = null;
        if (element.Attribute("dstaddr") is { Length: > 0 } dstaddr && !DestinationAddress.TryParse(dstaddr, out destination)) return false;
        var candidates = element.ChildrenNamed(Namespaces.JingleSocks5, "candidate").Take(MostCandidates)
            .Select(child => Socks5Candidate.TryParse(child, out var candidate) ? candidate : null)
            .OfType<Socks5Candidate>()
            .DistinctBy(candidate => candidate.Cid, StringComparer.Ordinal);
        transport = new Socks5Transport(sid, [.. candidates])
        {
            Destination = destination,
            IsUdp = element.Attribute("mode") == "udp",
            Notice = element.Children.Select(Socks5Notice.Read).FirstOrDefault(notice => notice is not null),
        };
        return true;
    }

    public Element ToElement() => new(
        Namespaces.JingleSocks5,
        "transport",
        ("dstaddr", Destination?.Value),
        ("mode", SaysMode ? "tcp" : null),
        ("sid", Sid),
        Candidates.Select(candidate => candidate.ToElement()).ToList(),
        Notice?.ToElement());
}
