using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Stanzas;

/// <summary>An iq stanza: a request or its one answer (RFC 6120 section 8.2.3).</summary>
/// <param name="Type">Get, set, result or error.</param>
/// <param name="Id">The id that ties answer to request.</param>
/// <param name="From">Who sent it; null on what we send, and on what our own server answers for our account.</param>
/// <param name="To">Whom it is for; null means the sender's own account.</param>
/// <param name="Payload">The one child of a request; a result's child or null; an error's echo or null.</param>
/// <param name="Error">Set when <paramref name="Type"/> is error, and only then.</param>
public sealed record Iq(IqType Type, string Id, Jid? From, Jid? To, Element? Payload, StanzaError? Error = null)
{
    private static readonly KebabNames<IqType> Types = new();

    /// <summary>Whether it asks for an answer.</summary>
    public bool IsRequest => Type is IqType.Get or IqType.Set;

    /// <summary>The answer that carries <paramref name="payload"/>, or nothing.</summary>
    public Iq Result(Element? payload = null) => new(IqType.Result, Id, To, From, payload);

    /// <summary>The answer that says no.</summary>
    public Iq Refuse(StanzaError error) => new(IqType.Error, Id, To, From, null, error);

    /// <summary>The answer that says no.</summary>
    public Iq Refuse(ErrorType type, ErrorCondition condition, string? text = null, Element? application = null) =>
        Refuse(new StanzaError(type, condition, text, application));

    /// <summary>Reads an iq. False: not an iq, no id, an unknown type, an address that is none, or a request without exactly one child.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out Iq? iq)
    {
        iq = null;
        if (element.Name != "iq" || !Types.TryParse(element.Attribute("type"), out var type)) return false;
        if (element.Attribute("id") is not { Length: > 0 } id) return false;
        if (!TryAddress(element.Attribute("from"), out var from) || !TryAddress(element.Attribute("to"), out var to)) return false;
        if (type is IqType.Get or IqType.Set && !HasOneChild(element)) return false;
        // A request's child is its payload whatever its name: handlers rely on there being one.
        var payload = type is IqType.Get or IqType.Set
            ? element.FirstChild
            : AnswerOf(element);
        iq = new Iq(type, id, from, to, payload, type == IqType.Error ? StanzaError.Parse(element) : null);
        return true;
    }

    private static bool HasOneChild(Element element)
    {
        var count = 0;
        foreach (var node in element.Nodes) count += node is Element ? 1 : 0;
        return count == 1;
    }

    private static Element? AnswerOf(Element element)
    {
        foreach (var node in element.Nodes)
        {
            if (node is Element child && (child.Name != "error" || child.Namespace != element.Namespace)) return child;
        }

        return null;
    }

    public Element ToElement(string ns = Namespaces.Client) => new(
        ns,
        "iq",
        ("type", Types.ToWire(Type)),
        ("id", Id),
        ("from", From?.ToString()),
        ("to", To?.ToString()),
        Payload,
        Error?.ToElement(ns));

    /// <summary>Reads an address attribute; an absent one is null and fine.</summary>
    public static bool TryAddress(string? text, out Jid? jid)
    {
        jid = null;
        return text is null || Jid.TryParse(text, out jid);
    }
}
