using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Jingle.Transports;

/// <summary>What the two sides tell each other about candidates (XEP-0260 section 2.4).</summary>
public abstract record Socks5Notice
{
    private Socks5Notice()
    {
    }

    /// <summary>"I am connected to this candidate of yours."</summary>
    public sealed record Used(string Cid) : Socks5Notice;

    /// <summary>"I could connect to none of yours."</summary>
    public sealed record Error : Socks5Notice;

    /// <summary>"The proxy has joined us."</summary>
    public sealed record Activated(string Cid) : Socks5Notice;

    /// <summary>"The proxy did not work."</summary>
    public sealed record ProxyError : Socks5Notice;

    internal static Socks5Notice? Read(Element element) => element.Namespace != Namespaces.JingleSocks5 ? null : element.Name switch
    {
        "candidate-used" => new Used(CidOf(element)),
        "candidate-error" => new Error(),
        "activated" => new Activated(CidOf(element)),
        "proxy-error" => new ProxyError(),
        _ => null,
    };

    internal Element ToElement() => this switch
    {
        Used used => new Element(Namespaces.JingleSocks5, "candidate-used", ("cid", used.Cid)),
        Activated activated => new Element(Namespaces.JingleSocks5, "activated", ("cid", activated.Cid)),
        Error => new Element(Namespaces.JingleSocks5, "candidate-error"),
        _ => new Element(Namespaces.JingleSocks5, "proxy-error"),
    };

    // A longer one is no candidate's.
    private static string CidOf(Element element) => element.Attribute("cid") is { Length: <= Socks5Candidate.MostCidCharacters } cid ? cid : "";
}
