using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Server.Requests;

/// <summary>The error that answers a stanza.</summary>
internal static class StanzaAnswer
{
    /// <summary>
    /// The stanza turned round with an error. Null for what is never answered: errors, results (RFC 6120 section 8.3.1). The payload is not
    /// echoed: the sender has it.
    /// </summary>
    public static Element? Error(Element stanza, StanzaError error)
    {
        var type = stanza.Attribute("type");
        if (type is "error" || (stanza.Name == "iq" && type is "result")) return null;
        return new Element(
            stanza.Namespace,
            stanza.Name,
            ("type", "error"),
            ("id", stanza.Attribute("id")),
            ("from", stanza.Attribute("to")),
            ("to", stanza.Attribute("from")),
            error.ToElement(stanza.Namespace));
    }

    public static Element? Error(Element stanza, ErrorType type, ErrorCondition condition, string? text = null) =>
        Error(stanza, new StanzaError(type, condition, text));
}
