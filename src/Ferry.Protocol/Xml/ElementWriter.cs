using System.Buffers;
using System.Text;

namespace Ferry.Protocol.Xml;

/// <summary>Writes elements as UTF-8. A stanza is written whole, so one write to the socket carries it whole.</summary>
public static class ElementWriter
{
    private const int ShortText = 256;

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
        output.Write("<"u8);
        Ascii(output, prefix);
        Utf8(output, element.Name);
        if (prefix is null && element.Namespace != defaultNamespace)
        {
            output.Write(" xmlns='"u8);
            Escaped(output, element.Namespace, AttributeEscapes);
            output.Write("'"u8);
        }

        WriteAttributes(element, output);
        if (element.Nodes.IsEmpty)
        {
            output.Write("/>"u8);
            return;
        }

        output.Write(">"u8);
        var inner = prefix is not null ? defaultNamespace : element.Namespace;
        foreach (var node in element.Nodes)
        {
            if (node is Element child) Write(child, output, inner, streamPrefix);
            else if (node is TextNode { Base64: { IsEmpty: false } base64 }) output.Write(base64);
            else if (node is TextNode text) Escaped(output, text.Value, TextEscapes);
        }

        output.Write("</"u8);
        Ascii(output, prefix);
        Utf8(output, element.Name);
        output.Write(">"u8);
    }

    private static void WriteAttributes(Element element, IBufferWriter<byte> output)
    {
        var prefixes = 0;
        foreach (var attribute in element.Attributes)
        {
            output.Write(" "u8);
            if (attribute.Namespace == Namespaces.Xml)
            {
                output.Write("xml:"u8);
            }
            else if (attribute.Namespace.Length > 0)
            {
                var prefix = "n" + prefixes++.ToString(System.Globalization.CultureInfo.InvariantCulture);
                Ascii(output, "xmlns:" + prefix + "='");
                Escaped(output, attribute.Namespace, AttributeEscapes);
                Ascii(output, "' " + prefix + ":");
            }

            Utf8(output, attribute.Name);
            output.Write("='"u8);
            Escaped(output, attribute.Value, AttributeEscapes);
            output.Write("'"u8);
        }
    }

    private static void Escaped(IBufferWriter<byte> output, ReadOnlySpan<char> text, SearchValues<char> escapes)
    {
        int at;
        while ((at = text.IndexOfAny(escapes)) >= 0)
        {
            Utf8(output, text[..at]);
            output.Write(text[at] switch
            {
                '&' => "&amp;"u8,
                '<' => "&lt;"u8,
                '>' => "&gt;"u8,
                '\'' => "&apos;"u8,
                '"' => "&quot;"u8,
                '\r' => "&#13;"u8,
                '\n' => "&#10;"u8,
                _ => "&#9;"u8,
            });
            text = text[(at + 1)..];
        }

        Utf8(output, text);
    }

    private static void Utf8(IBufferWriter<byte> output, ReadOnlySpan<char> text)
    {
        // Names and values are short: room for the worst costs less than counting first.
        if (text.Length > ShortText) Encoding.UTF8.GetBytes(text, output);
        else output.Advance(Encoding.UTF8.GetBytes(text, output.GetSpan(3 * text.Length)));
    }

    private static void Ascii(IBufferWriter<byte> output, string? text)
    {
        if (text is null) return;
        var span = output.GetSpan(text.Length);
        output.Advance(Encoding.ASCII.GetBytes(text, span));
    }
}
