namespace Ferry.Protocol.Xml;

/// <summary>Character data. Holds only characters that XML 1.0 allows.</summary>
public sealed class TextNode : Node
{
    /// <summary>Makes a text; throws <see cref="ArgumentException"/> for characters that XML 1.0 does not have.</summary>
    public TextNode(string value) : this(value, trusted: false)
    {
    }

    // The reader has checked already: no second pass over large payloads.
    internal TextNode(string value, bool trusted)
    {
        if (!trusted) XmlCharacters.Require(value);
        Value = value;
    }

    public string Value { get; }

    public override string ToString() => Value;
}
