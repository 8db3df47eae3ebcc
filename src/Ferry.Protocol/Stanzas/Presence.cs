using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Stanzas;

/// <summary>A presence stanza (RFC 6121 section 4).</summary>
/// <param name="Type">The type as sent (<c>unavailable</c>, <c>subscribe</c>, <c>probe</c>, <c>error</c> …); null means available.</param>
public sealed record Presence(string? Id, string? Type, Jid? From, Jid? To, IReadOnlyList<Element> Payloads, StanzaError? Error = null)
{
    /// <summary>Whether the sender says that it is there.</summary>
    public bool IsAvailable => Type is null;

    public static bool TryParse(Element element, [NotNullWhen(true)] out Presence? presence)
    {
        presence = null;
        if (element.Name != "presence") return false;
        if (!Iq.TryAddress(element.Attribute("from"), out var from) || !Iq.TryAddress(element.Attribute("to"), out var to)) return false;
        var type = element.Attribute("type");
        var error = type == "error" ? StanzaError.Parse(element) : null;
        var payloads = element.Children.Where(child => child.Name != "error" || child.Namespace != element.Namespace).ToList();
        presence = new Presence(element.Attribute("id"), type, from, to, payloads, error);
        return true;
    }

    public Element ToElement(string ns = Namespaces.Client) => new(
        ns,
        "presence",
        ("id", Id),
        ("type", Type),
        ("from", From?.ToString()),
        ("to", To?.ToString()),
        Payloads.ToArray(),
        Error?.ToElement(ns));
}
