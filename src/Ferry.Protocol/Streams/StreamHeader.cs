using System.Text;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Streams;

/// <summary>The opening tag of a stream, in either direction (RFC 6120 section 4.7).</summary>
/// <param name="ContentNamespace"><c>jabber:client</c>, or <c>jabber:component:accept</c>.</param>
/// <param name="Version">Null where the peer sent none: a server of before RFC 3920.</param>
public sealed record StreamHeader(string ContentNamespace, Jid? From, Jid? To, string? Id, string? Version = "1.0")
{
    /// <summary>Reads the opening tag; the violation says what is wrong with it.</summary>
    public static (StreamHeader? Header, XmlViolation? Violation) Parse(Element tag, string expectedContent)
    {
        if (tag.Name != "stream") return Bad(StreamCondition.BadFormat, $"the stream begins with <{tag.Name}>");
        if (tag.Namespace != Namespaces.Streams) return Bad(StreamCondition.InvalidNamespace, "the stream has another namespace");
        if (!Iq.TryAddress(tag.Attribute("from"), out var from) || !Iq.TryAddress(tag.Attribute("to"), out var to))
        {
            return Bad(StreamCondition.ImproperAddressing, "the stream header has an address that is none");
        }

        return (new StreamHeader(expectedContent, from, to, tag.Attribute("id"), tag.Attribute("version")), null);
    }

    /// <summary>The opening tag as bytes, with the XML declaration before it.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder("<?xml version='1.0'?><stream:stream xmlns='");
        text.Append(ContentNamespace).Append("' xmlns:stream='").Append(Namespaces.Streams).Append('\'');
        Append(text, "id", Id);
        Append(text, "from", From?.ToString());
        Append(text, "to", To?.ToString());
        Append(text, "version", Version);
        text.Append(" xml:lang='en'>");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Append(StringBuilder text, string name, string? value)
    {
        if (value is null) return;
        XmlCharacters.Require(value);
        text.Append(' ').Append(name).Append("='");
        text.Append(value.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace("'", "&apos;", StringComparison.Ordinal)).Append('\'');
    }

    private static (StreamHeader?, XmlViolation?) Bad(StreamCondition condition, string text) => (null, new XmlViolation(condition, text));
}
