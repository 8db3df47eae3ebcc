using System.Buffers;
using System.Text;
using System.Xml;

namespace Ferry.Protocol.Xml;

/// <summary>
/// Turns one complete frame into an <see cref="Element"/>. Well-formedness, names, entities and duplicate attributes are the framework
/// reader's work; DTDs, comments and processing instructions are refused (RFC 6120 section 11.1).
/// </summary>
public sealed class ElementReader(XmlLimits limits)
{
    // A text of this many base64 characters goes around the framework's reader, which would copy it four times.
    private const int LongText = 2048;

    // Stands for the long text while the rest is read; a private-use character, and only where the frame has none itself.
    private const string Placeholder = "\uE000";

    private static readonly SearchValues<byte> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly XmlReaderSettings Settings = new()
    {
        ConformanceLevel = ConformanceLevel.Fragment,
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        CloseInput = true,
        CheckCharacters = true,
    };

    private readonly PlainElements _plain = new(limits);

    /// <summary>Reads an element whose unprefixed names are in <paramref name="defaultNamespace"/> unless it says otherwise.</summary>
    /// <returns>The element, or what was wrong with the bytes.</returns>
    public ParsedElement Read(ReadOnlySpan<byte> frame, string defaultNamespace) =>
        _plain.TryRead(frame, defaultNamespace) is { } plain ? new ParsedElement(plain, null) : ReadAny(frame, defaultNamespace);

    /// <summary>The same by the framework's reader, whatever it is: what the quick way has to agree with.</summary>
    internal ParsedElement ReadAny(ReadOnlySpan<byte> frame, string defaultNamespace) =>
        FindLongText(frame) is { Length: > 0 } found
            ? ReadAround(frame, found, defaultNamespace)
            : Guard(frame, defaultNamespace, reader => ReadWhole(reader, null));

    /// <summary>Reads the opening tag of a stream as an element without children.</summary>
    public ParsedElement ReadOpenTag(ReadOnlySpan<byte> frame) => Guard(frame, "", reader => ReadStart(reader, []));

    // In-band data: one long text between two tags and little else. With no reference and no CDATA in the frame, what stands between
    // '>' and '<' is text and nothing else, whatever surrounds it.
    private static (int Start, int Length) FindLongText(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < LongText) return default;
        var at = 0;
        while (frame.Length - at >= LongText)
        {
            var tagEnd = frame[at..].IndexOf((byte)'>');
            if (tagEnd < 0) return default;
            at += tagEnd + 1;
            var length = frame[at..].IndexOfAnyExcept(Base64);
            if (length < 0) return default;
            if (length >= LongText && frame[at + length] == (byte)'<') return IsPlain(frame[..at]) && IsPlain(frame[(at + length)..]) ? (at, length) : default;
            at += length;
        }

        return default;
    }

    private static bool IsPlain(ReadOnlySpan<byte> rest) => !rest.Contains((byte)'&') && rest.IndexOf("<!"u8) < 0 && rest.IndexOf("\uE000"u8) < 0;

    private ParsedElement ReadAround(ReadOnlySpan<byte> frame, (int Start, int Length) text, string defaultNamespace)
    {
        var node = new TextNode(frame.Slice(text.Start, text.Length).ToArray());
        return Decode(frame[..text.Start]) is { } before && Decode(frame[(text.Start + text.Length)..]) is { } after
            ? Parse(before + Placeholder + after, defaultNamespace, reader => ReadWhole(reader, node))
            : NotUtf8();
    }

    private static ParsedElement Guard(ReadOnlySpan<byte> frame, string defaultNamespace, Func<XmlReader, ParsedElement> read) =>
        Decode(frame) is { } text ? Parse(text, defaultNamespace, read) : NotUtf8();

    private static string? Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static ParsedElement NotUtf8() => Bad(Streams.StreamCondition.UnsupportedEncoding, "the stream is not UTF-8");

    private static ParsedElement Parse(string text, string defaultNamespace, Func<XmlReader, ParsedElement> read)
    {
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

    private ParsedElement ReadWhole(XmlReader reader, TextNode? longText)
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
                    if (reader.Value is { Length: > 0 } value) open.Peek().Nodes.Add(TextOf(value, longText));
                    break;
                default:
                    return Bad(Streams.StreamCondition.RestrictedXml, "comment, processing instruction or entity");
            }

            if (!reader.Read()) return Bad(Streams.StreamCondition.NotWellFormed, "the element does not end");
        }
    }

    // A '>' may stand in a text, too: then the long one is only its end.
    private static TextNode TextOf(string value, TextNode? longText) =>
        longText is null || !value.EndsWith(Placeholder, StringComparison.Ordinal) ? new TextNode(value, trusted: true)
        : value.Length == Placeholder.Length ? longText
        : new TextNode(value[..^Placeholder.Length] + longText.Value, trusted: true);

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
