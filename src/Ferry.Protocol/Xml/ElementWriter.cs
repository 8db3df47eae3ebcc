using System.Buffers;
using System.Text;

namespace Ferry.Protocol.Xml;

/// <summary>Writes elements as UTF-8. A stanza is written whole, so one write to the socket carries it whole.</summary>
public static class ElementWriter
{
    private static readonly SearchValues<char> TextEscapes = SearchValues.Create("&<>\r");
    private static readonly SearchValues<char> AttributeEscapes = SearchValues.Create("&<>'\"\r\n\t");

    /// <summary>
    /// Writes <paramref name="element"/> where <paramref name="defaultNamespace"/> is already declared as the default. The prefix
    /// <c>stream</c> is used for the streams namespace where <paramref name="streamPrefix"/> says that it is declared.
    /// </summary>
    public static void Write(Element element, IBufferWriter<byte> output, string defaultNamespace, bool streamPrefix = false)
    {
        // The prefix xml is always declared, and its namespace may be nobody's default (Namespaces in XML section 3): such an element, passed on
        // with a default declaration, would end the stream of whoever gets it.
        var prefix = element.Namespace == Namespaces.Xml ? "xml:" : streamPrefix && element.Namespace == Namespaces.Streams ? "stream:" : null;
        Ascii(output, "<");
        Ascii(output, prefix ?? "");
        Utf8(output, element.Name);
        if (prefix is null && element.Namespace != defaultNamespace)
        {
            Ascii(output, " xmlns='");
            Escaped(output, element.Namespace, AttributeEscapes);
            Ascii(output, "'");
        }

        WriteAttributes(element, output);
        if (element.Nodes.IsEmpty)
        {
            Ascii(output, "/>");
            return;
        }

        Ascii(output, ">");
        var inner = prefix is not null ? defaultNamespace : element.Namespace;
        foreach (var node in element.Nodes)
        {
            if (node is Element child) Write(child, output, inner, streamPrefix);
            else if (node is TextNode { Base64: { IsEmpty: false } base64 }) output.Write(base64);
            else if (node is TextNode text) Escaped(output, text.Value, TextEscapes);
        }

        Ascii(output, "</");
        Ascii(output, prefix ?? "");
        Utf8(output, element.Name);
        Ascii(output, ">");
    }

    private static void WriteAttributes(Element element, IBufferWriter<byte> output)
    {
        var prefixes = 0;
        foreach (var attribute in element.Attributes)
        {
            Ascii(output, " ");
            if (attribute.Namespace == Namespaces.Xml)
            {
                Ascii(output, "xml:");
            }
            else if (attribute.Namespace.Length > 0)
            {
                var prefix = "n" + prefixes++.ToString(System.Globalization.CultureInfo.InvariantCulture);
                Ascii(output, "xmlns:" + prefix + "='");
                Escaped(output, attribute.Namespace, AttributeEscapes);
                Ascii(output, "' " + prefix + ":");
            }

            Utf8(output, attribute.Name);
            Ascii(output, "='");
            Escaped(output, attribute.Value, AttributeEscapes);
            Ascii(output, "'");
        }
    }

    private static void Escaped(IBufferWriter<byte> output, ReadOnlySpan<char> text, SearchValues<char> escapes)
    {
        int at;
        while ((at = text.IndexOfAny(escapes)) >= 0)
        {
            Utf8(output, text[..at]);
            Ascii(output, text[at] switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '\'' => "&apos;",
                '"' => "&quot;",
                '\r' => "&#13;",
                '\n' => "&#10;",
                _ => "&#9;",
            });
            text = text[(at + 1)..];
        }

        Utf8(output, text);
    }

    private static void Utf8(IBufferWriter<byte> output, ReadOnlySpan<char> text) => Encoding.UTF8.GetBytes(text, output);

    private static void Ascii(IBufferWriter<byte> output, string text)
    {
        var span = output.GetSpan(text.Length);
        output.Advance(Encoding.ASCII.GetBytes(text, span));
    }
}
