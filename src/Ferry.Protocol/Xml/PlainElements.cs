using System.Buffers;
using System.Text;

namespace Ferry.Protocol.Xml;

/// <summary>
/// Reads the elements that stanzas are mostly made of: printable ASCII, no prefixes, no references, no CDATA. Whatever is outside of that, or wrong, is none of its
/// business: it says null, and the framework's reader decides. So it is never more lenient than that, and need not know why something is refused.
/// <para>
/// Theory of operation. One pass over a complete frame, by recursive descent to a small depth. Names begin with a letter or <c>_</c> and go on with those, digits,
/// <c>-</c> and <c>.</c>; attributes are separated by one blank and quoted; values have no <c>&amp;</c>, <c>&lt;</c> or white space but blanks, so that normalisation
/// changes nothing; texts have no <c>&amp;</c>, no <c>]]&gt;</c> and no carriage return. Long base64 is taken as the bytes that it is.
/// Names and short values that come again and again are looked up instead of made: <see cref="_known"/> holds at most <see cref="KnownSlots"/> of them.
/// </para>
/// Belongs to one stream's reader.
/// </summary>
internal sealed class PlainElements(XmlLimits limits)
{
    /// <summary>Deeper ones are left to the framework's reader.</summary>
    private const int MostDepth = 8;

    /// <summary>Elements with more attributes are left to the framework's reader: duplicates are sought one by one.</summary>
    private const int MostAttributes = 16;

    private const int KnownSlots = 64;
    private const int LongestKnown = 128;

    // A text of this many base64 characters stays the bytes that it is.
    private const int LongText = 2048;

    private static readonly SearchValues<byte> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);
    private static readonly SearchValues<byte> NameStarts = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"u8);
    private static readonly SearchValues<byte> NameBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."u8);
    private static readonly SearchValues<byte> ValueBytes = SearchValues.Create([.. Enumerable.Range(0x20, 0x5F).Select(i => (byte)i).Where(b => b is not ((byte)'&' or (byte)'<' or (byte)'\'' or (byte)'"'))]);
    private static readonly SearchValues<byte> TextBytes = SearchValues.Create([(byte)'\t', (byte)'\n', .. Enumerable.Range(0x20, 0x5F).Select(i => (byte)i).Where(b => b is not ((byte)'&' or (byte)'<'))]);

    private readonly string?[] _known = new string?[KnownSlots];

    /// <summary>The element that the whole frame is, or null where this reader does not judge.</summary>
    public Element? TryRead(ReadOnlySpan<byte> frame, string defaultNamespace)
    {
        var at = 0;
        return ReadElement(frame, ref at, defaultNamespace, 0) is { } element && at == frame.Length ? element : null;
    }

    private Element? ReadElement(ReadOnlySpan<byte> frame, ref int at, string outerNamespace, int depth)
    {
        if (depth >= Math.Min(MostDepth, limits.MaxDepth) || !Skip(frame, ref at, (byte)'<') || ReadName(frame, ref at) is not { IsEmpty: false } tag) return null;
        var ns = outerNamespace;
        if (ReadAttributes(frame, ref at, ref ns) is not { } attributes) return null;
        var name = Text(tag);
        if (Skip(frame, ref at, (byte)'/')) return Skip(frame, ref at, (byte)'>') ? new Element(ns, name, attributes, []) : null;
        return Skip(frame, ref at, (byte)'>') && ReadNodes(frame, ref at, ns, depth) is { } nodes && ReadEnd(frame, ref at, tag) ? new Element(ns, name, attributes, nodes) : null;
    }

    private ElementAttribute[]? ReadAttributes(ReadOnlySpan<byte> frame, ref int at, ref string ns)
    {
        var found = default(Attributes);
        var count = 0;
        var declared = false;
        while (Skip(frame, ref at, (byte)' '))
        {
            var name = ReadName(frame, ref at);
            if (name.IsEmpty || !Skip(frame, ref at, (byte)'=') || !ReadValue(frame, ref at, out var value)) return null;
            if (name.SequenceEqual("xmlns"u8))
            {
                if (declared || IsReserved(value)) return null;
                (declared, ns) = (true, Text(value));
                continue;
            }

            if (count == Math.Min(MostAttributes, limits.MaxAttributes - 1)) return null;
            var attribute = new ElementAttribute("", Text(name), Text(value));
            for (var i = 0; i < count; i++)
            {
                if (found[i].Name == attribute.Name) return null;
            }

            found[count++] = attribute;
        }

        return count == 0 ? [] : ((ReadOnlySpan<ElementAttribute>)found)[..count].ToArray();
    }

    private Node[]? ReadNodes(ReadOnlySpan<byte> frame, ref int at, string ns, int depth)
    {
        Node? only = null;
        List<Node>? many = null;
        while (true)
        {
            Node? next;
            var rest = frame[at..];
            if (rest.Length < 2) return null;
            if (rest[0] != (byte)'<') next = ReadText(frame, ref at);
            else if (rest[1] == (byte)'/') return many?.ToArray() ?? (only is null ? [] : [only]);
            else next = ReadElement(frame, ref at, ns, depth + 1);
            if (next is null) return null;
            if (only is null) only = next;
            else (many ??= [only]).Add(next);
        }
    }

    private static TextNode? ReadText(ReadOnlySpan<byte> frame, ref int at)
    {
        var rest = frame[at..];
        var length = rest.Length < LongText ? 0 : rest.IndexOfAnyExcept(Base64);
        if (length >= LongText && rest[length] == (byte)'<')
        {
            at += length;
            var base64 = GC.AllocateUninitializedArray<byte>(length);
            rest[..length].CopyTo(base64);
            return new TextNode(base64);
        }

        length = rest.IndexOfAnyExcept(TextBytes);
        if (length <= 0 || rest[length] != (byte)'<' || rest[..length].IndexOf("]]>"u8) >= 0) return null;
        at += length;
        return new TextNode(Encoding.ASCII.GetString(rest[..length]), trusted: true);
    }

    private static bool ReadEnd(ReadOnlySpan<byte> frame, ref int at, ReadOnlySpan<byte> tag)
    {
        if (!Skip(frame, ref at, (byte)'<') || !Skip(frame, ref at, (byte)'/') || !frame[at..].StartsWith(tag)) return false;
        at += tag.Length;
        return Skip(frame, ref at, (byte)'>');
    }

    private ReadOnlySpan<byte> ReadName(ReadOnlySpan<byte> frame, ref int at)
    {
        var rest = frame[at..];
        if (rest.IsEmpty || !NameStarts.Contains(rest[0])) return default;
        var length = rest.IndexOfAnyExcept(NameBytes);
        if (length <= 0 || length > limits.MaxNameLength) return default;
        at += length;
        return rest[..length];
    }

    private static bool ReadValue(ReadOnlySpan<byte> frame, ref int at, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (at >= frame.Length || frame[at] is not ((byte)'\'' or (byte)'"')) return false;
        var quote = frame[at];
        var rest = frame[(at + 1)..];
        var length = rest.IndexOfAnyExcept(ValueBytes);
        if (length < 0 || rest[length] != quote) return false;
        value = rest[..length];
        at += length + 2;
        return true;
    }

    private static bool Skip(ReadOnlySpan<byte> frame, ref int at, byte expected)
    {
        if (at >= frame.Length || frame[at] != expected) return false;
        at++;
        return true;
    }

    // No default declaration may name these two (Namespaces in XML section 3).
    private static bool IsReserved(ReadOnlySpan<byte> ns) => ns.SequenceEqual("http://www.w3.org/XML/1998/namespace"u8) || ns.SequenceEqual("http://www.w3.org/2000/xmlns/"u8);

    // A peer that makes all of them fall into one slot makes us do what would be done without the table.
    private string Text(ReadOnlySpan<byte> ascii)
    {
        if (ascii.IsEmpty) return "";
        if (ascii.Length > LongestKnown) return Encoding.ASCII.GetString(ascii);
        ref var slot = ref _known[((ascii.Length * 31) + (ascii[0] * 7) + ascii[^1]) & (KnownSlots - 1)];
        if (slot is null || !Ascii.Equals(ascii, slot)) slot = Encoding.ASCII.GetString(ascii);
        return slot;
    }

    [System.Runtime.CompilerServices.InlineArray(MostAttributes)]
    private struct Attributes
    {
        private ElementAttribute _first;
    }
}
