using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Socks5;

/// <summary>The requester's offer of streamhosts, an iq set (XEP-0065 section 5.3.1). TCP only: UDP (section 8 of old versions) is refused.</summary>
/// <param name="Sid">The stream's id.</param>
/// <param name="Streamhosts">In the requester's order of preference; may be empty.</param>
/// <param name="DestinationAddress">
/// The 40 lower-case hexadecimal digits to ask the SOCKS5 server for, where the requester sent them (rooms); null means: compute them.
/// </param>
public sealed record BytestreamsOffer(string Sid, IReadOnlyList<Streamhost> Streamhosts, string? DestinationAddress = null)
{
    /// <summary>How many streamhosts are read; the rest is ignored.</summary>
    public const int MaxStreamhosts = 16;

    private const int HashDigits = 40;

    /// <summary>Reads <c>query</c>; on false <paramref name="error"/> answers it. Unusable streamhosts are left out.</summary>
    public static bool TryParse(Element query, [NotNullWhen(true)] out BytestreamsOffer? offer, [NotNullWhen(false)] out StanzaError? error)
    {
        offer = null;
        error = null;
        if (!query.Is(Namespaces.Bytestreams, "query")) error = new StanzaError(ErrorType.Modify, ErrorCondition.BadRequest);
        else if (query.Attribute("sid") is not { Length: > 0 } sid) error = new StanzaError(ErrorType.Modify, ErrorCondition.BadRequest, "no sid");
        else if (query.Attribute("mode") is not (null or "" or "tcp")) error = new StanzaError(ErrorType.Cancel, ErrorCondition.FeatureNotImplemented, "only tcp");
        else if (!IsHash(query.Attribute("dstaddr"))) error = new StanzaError(ErrorType.Modify, ErrorCondition.BadRequest, "dstaddr is not 40 hexadecimal digits");
        else offer = new BytestreamsOffer(sid, ReadStreamhosts(query), query.Attribute("dstaddr")?.ToLowerInvariant());
        return offer is not null;
    }

    public Element ToElement() => new(
        Namespaces.Bytestreams,
        "query",
        ("sid", Sid),
        ("mode", "tcp"),
        ("dstaddr", DestinationAddress),
        Streamhosts.Select(streamhost => streamhost.ToElement()).ToArray());

    private static List<Streamhost> ReadStreamhosts(Element query)
    {
        var streamhosts = new List<Streamhost>();
        foreach (var child in query.Children)
        {
            if (Streamhost.TryParse(child, out var streamhost) && !streamhosts.Contains(streamhost)) streamhosts.Add(streamhost);
            if (streamhosts.Count == MaxStreamhosts) break;
        }

        return streamhosts;
    }

    private static bool IsHash(string? text) => text is null || (text.Length == HashDigits && text.All(char.IsAsciiHexDigit));
}
