using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Socks5;

/// <summary>The requester's order to a proxy to join the two connections (XEP-0065 section 6.3.5); answered by an empty result.</summary>
/// <param name="Sid">The stream's id.</param>
/// <param name="Target">The target's address, as it entered the hash.</param>
public sealed record BytestreamsActivation(string Sid, Jid Target)
{
    /// <summary>Whether the query is an activation, well-formed or not.</summary>
    public static bool IsOne(Element query) => query.Is(Namespaces.Bytestreams, "query") && query.Child(Namespaces.Bytestreams, "activate") is not null;

    /// <summary>Reads <c>query</c>; on false <paramref name="error"/> answers it.</summary>
    public static bool TryParse(Element query, [NotNullWhen(true)] out BytestreamsActivation? activation, [NotNullWhen(false)] out StanzaError? error)
    {
        activation = null;
        error = null;
        if (!IsOne(query)) error = new StanzaError(ErrorType.Modify, ErrorCondition.BadRequest);
        else if (query.Attribute("sid") is not { Length: > 0 } sid) error = new StanzaError(ErrorType.Modify, ErrorCondition.BadRequest, "no sid");
        else if (!Jid.TryParse(query.Child(Namespaces.Bytestreams, "activate")!.Text.Trim(), out var target))
        {
            error = new StanzaError(ErrorType.Modify, ErrorCondition.JidMalformed, "activate names no address");
        }
        else activation = new BytestreamsActivation(sid, target);
        return activation is not null;
    }

    public Element ToElement() => new(
        Namespaces.Bytestreams,
        "query",
        ("sid", Sid),
        new Element(Namespaces.Bytestreams, "activate", Target.ToString()));
}
