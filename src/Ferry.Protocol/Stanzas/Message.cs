using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Stanzas;

/// <summary>A message stanza (RFC 6121 section 5).</summary>
/// <param name="Type">The type as sent (<c>chat</c>, <c>error</c> …); null means <c>normal</c>.</param>
/// <param name="Payloads">Every child but the error.</param>
/// <param name="Error">Set when the type is <c>error</c>.</param>
public sealed record Message(string? Id, string? Type, Jid? From, Jid? To, IReadOnlyList<Element> Payloads, StanzaError? Error = null)
{
    public static bool TryParse(Element element, [NotNullWhen(true)] out Message? message)
    {
        message = null;
        if (element.Name != "message") return false;
        if (!Iq.TryAddress(element.Attribute("from"), out var from) || !Iq.TryAddress(element.Attribute("to"), out var to)) return false;
        var type = element.Attribute("type");
        var error = type == "error" ? StanzaError.Parse(element) : null;
        var payloads = element.Children.Where(child => child.Name != "error" || child.Namespace != element.Namespace).ToList();
        message = new Message(element.Attribute("id"), type, from, to, payloads, error);
        return true;
    }

    public Element ToElement(string ns = Namespaces.Client) => new(
        ns,
        "message",
        ("id", Id),
        ("type", Type),
        ("from", From?.ToString()),
        ("to", To?.ToString()),
        Payloads.ToArray(),
        Error?.ToElement(ns));
}
