using System.Text;

namespace Ferry.Protocol.Xml;

/// <summary>
/// Character data. Holds only characters that XML 1.0 allows. Long base64 (in-band data) is kept as the bytes of the wire, which are half as large as a
/// string and need no conversion on their way from block to stream and from stream to stream.
/// </summary>
public sealed class TextNode : Node
{
    private readonly ReadOnlyMemory<byte> _base64;
    private string? _value;

    /// <summary>Makes a text; throws <see cref="ArgumentException"/> for characters that XML 1.0 does not have.</summary>
    public TextNode(string value) : this(value, trusted: false)
    {
    }

    // The reader has checked already: no second pass over large payloads.
    internal TextNode(string value, bool trusted)
    {
        if (!trusted) XmlCharacters.Require(value);
        _value = value;
    }

    // Letters, digits, '+', '/' and '=' in ASCII, nothing else: the caller has made or checked them, and leaves the array to us.
    internal TextNode(byte[] base64) => _base64 = base64;

    public string Value => _value ??= Encoding.ASCII.GetString(_base64.Span);

    /// <summary>Characters of <see cref="Value"/>, known without making it.</summary>
    public int Length => _value?.Length ?? _base64.Length;

    /// <summary>The text as ASCII where it is kept so, else empty.</summary>
    internal ReadOnlySpan<byte> Base64 => _base64.Span;

    public override string ToString() => Value;
}
