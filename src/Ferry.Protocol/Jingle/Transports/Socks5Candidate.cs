using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Jingle.Transports;

/// <summary>One way to reach the side that offers it (XEP-0260 section 2.2). Ids are unique within a side only: Psi's have four digits.</summary>
/// <param name="Cid">Its id.</param>
/// <param name="Host">Where; whoever names it is not trusted, so judge it before dialling.</param>
/// <param name="Priority">The larger, the better.</param>
/// <param name="Type">How.</param>
public sealed record Socks5Candidate(string Cid, Streamhost Host, long Priority, CandidateType Type)
{
    /// <summary>Longer ids are refused.</summary>
    public const int MostCidCharacters = 256;

    private const long MostPriority = 126 * 65536L + 65535;
    private static readonly KebabNames<CandidateType> Types = new();

    /// <summary>Whether both sides connect to it.</summary>
    public bool IsProxy => Type == CandidateType.Proxy;

    /// <summary>The priority of a type with a local preference of 0 to 65535 (XEP-0260 section 2.2).</summary>
    public static long PriorityOf(CandidateType type, int preference) => 65536L * Preference(type) + preference;

    /// <summary>
    /// Reads <c>candidate</c>. False: no id, address, host or priority. A missing port is 1080, a missing type direct; an unknown type is no candidate of
    /// ours. Priorities beyond what there is count as the highest.
    /// </summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out Socks5Candidate? candidate)
    {
        candidate = null;
        if (!element.Is(Namespaces.JingleSocks5, "candidate") || element.Attribute("cid") is not { Length: > 0 and <= MostCidCharacters } cid) return false;
        var type = CandidateType.Direct;
        if (element.Attribute("type") is { } text && !Types.TryParse(text, out type)) return false;
        if (!long.TryParse(element.Attribute("priority"), NumberStyles.None, CultureInfo.InvariantCulture, out var priority)) return false;
        var host = new Element(
            Namespaces.Bytestreams, "streamhost", ("jid", element.Attribute("jid")), ("host", element.Attribute("host")), ("port", element.Attribute("port")));
        if (!Streamhost.TryParse(host, out var streamhost)) return false;
        candidate = new Socks5Candidate(cid, streamhost, Math.Min(priority, MostPriority), type);
        return true;
    }

    /// <summary>All six attributes: Dino refuses the whole stanza and Conversations the candidate where one is missing.</summary>
    public Element ToElement() => new(
        Namespaces.JingleSocks5,
        "candidate",
        ("cid", Cid),
        ("host", Host.Host),
        ("jid", Host.Jid.ToString()),
        ("port", Host.Port.ToString(CultureInfo.InvariantCulture)),
        ("priority", Priority.ToString(CultureInfo.InvariantCulture)),
        ("type", Types.ToWire(Type)));

    private static int Preference(CandidateType type) => type switch
    {
        CandidateType.Direct => 126,
        CandidateType.Assisted => 120,
        CandidateType.Tunnel => 110,
        _ => 10,
    };
}
