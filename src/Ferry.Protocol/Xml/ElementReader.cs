using System.Text;
using System.Xml;

namespace Ferry.Protocol.Xml;

/// <summary>
/// Turns one complete frame into an <see cref="Element"/>. Well-formedness, names, entities and duplicate attributes are the framework
/// reader's work; DTDs, comments and processing instructions are refused (RFC 6120 section 11.1).
/// </summary>
public sealed class ElementReader(XmlLimits limits)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly XmlReaderSettings Settings = new()
    {
        ConformanceLevel = ConformanceLevel.Fragment,
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        CloseInput = true,
        CheckCharacters = true,
    };

    /// <summary>Reads an element whose unprefixed names are in <paramref name="defaultNamespace"/> unless it says otherwise.</summary>
    /// <returns>The element, or what was wrong with the bytes.</returns>
    public ParsedElement Read(ReadOnlySpan<byte> frame, string defaultNamespace) => Guard(frame, defaultNamespace, ReadWhole);

    /// <summary>Reads the opening tag of a stream as an element without children.</summary>
    public ParsedElement ReadOpenTag(ReadOnlySpan<byte> frame) => Guard(frame, "", reader => ReadStart(reader, []));

    private static ParsedElement Guard(ReadOnlySpan<byte> frame, string defaultNamespace, Func<XmlReader, ParsedElement> read)
    {
        string text;
        try
        {
            text = StrictUtf8.GetString(frame);
        }
        catch (DecoderFallbackException)
        {
            return Bad(Streams.StreamCondition.UnsupportedEncoding, "the stream is not UTF-8");
        }

        try
        {
            var table = new NameTable();
            var namespaces = new XmlNamespaceManager(table);
            namespaces.AddNamespace("", defaultNamespace);
            namespaces.AddNamespace("stream", Namespaces.Streams);
            var context = new XmlParserContext(table, namespaces, null, XmlSpace.None);
            using var reader = XmlReader.Create(new StringReader(text), Settings, context);
            return reader.Read() && reader.NodeType == XmlNodeType.Element
                ? read(reader)
                : Bad(Streams.StreamCondition.NotWellFormed, "no element");
        }
        catch (XmlException wrong)
        {
            // The reader's own words name line and position, and never repeat more than a name of the input.
            return Bad(Streams.StreamCondition.NotWellFormed, XmlCharacters.Replace(wrong.Message));
        }
    }

    private ParsedElement ReadWhole(XmlReader reader)
    {
        var open = new Stack<(Element Start, List<Node> Nodes)>();
        while (true)
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    var empty = reader.IsEmptyElement;
                    var start = ReadStart(reader, []);
                    if (start.Element is not { } element) return start;
                    if (empty && open.Count == 0) return new ParsedElement(element, null);
                    if (empty) open.Peek().Nodes.Add(element);
                    else if (open.Count >= limits.MaxDepth) return Bad(Streams.StreamCondition.PolicyViolation, "elements nested too deep");
                    else open.Push((element, []));
                    break;
                case XmlNodeType.EndElement:
                    var (head, nodes) = open.Pop();
                    var done = nodes.Count == 0 ? head : new Element(head.Namespace, head.Name, head.Attributes.ToArray(), [.. nodes]);
                    if (open.Count == 0) return new ParsedElement(done, null);
                    open.Peek().Nodes.Add(done);
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace:
                    if (reader.Value.Length > 0) open.Peek().Nodes.Add(new TextNode(reader.Value, trusted: true));
                    break;
                default:
                    return Bad(Streams.StreamCondition.RestrictedXml, "comment, processing instruction or entity");
            }

            if (!reader.Read()) return Bad(Streams.StreamCondition.NotWellFormed, "the element does not end");
        }
    }

    private ParsedElement ReadStart(XmlReader reader, Node[] nodes)
    {
        if (TooLong(reader)) return Bad(Streams.StreamCondition.PolicyViolation, "a name is too long");
        var (ns, name) = (reader.NamespaceURI, reader.LocalName);
        if (reader.AttributeCount == 0) return new ParsedElement(new Element(ns, name, [], nodes), null);
        if (reader.AttributeCount > limits.MaxAttributes) return Bad(Streams.StreamCondition.PolicyViolation, "too many attributes");
        var attributes = new List<ElementAttribute>(reader.AttributeCount);
        while (reader.MoveToNextAttribute())
        {
            if (TooLong(reader)) return Bad(Streams.StreamCondition.PolicyViolation, "a name is too long");
            if (reader.Prefix == "xmlns" || (reader.Prefix.Length == 0 && reader.LocalName == "xmlns")) continue;
            attributes.Add(new ElementAttribute(reader.NamespaceURI, reader.LocalName, reader.Value));
        }

        reader.MoveToElement();
        return new ParsedElement(new Element(ns, name, [.. attributes], nodes), null);
    }

    private bool TooLong(XmlReader reader) => reader.LocalName.Length > limits.MaxNameLength || reader.Prefix.Length > limits.MaxNameLength;

    private static ParsedElement Bad(Streams.StreamCondition condition, string text) => new(null, new XmlViolation(condition, text));
}
