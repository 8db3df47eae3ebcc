namespace Ferry.Protocol.Xml;

/// <summary>
/// What an <see cref="Element"/> is built from: an attribute as <c>("name", value)</c> (left out when the value is null), a child, a text,
/// or a sequence of children. Null children are left out.
/// </summary>
public readonly struct ElementPart
{
    private ElementPart(ElementAttribute attribute) => Attribute = attribute;

    private ElementPart(Node? node) => Node = node;

    private ElementPart(IEnumerable<Element> nodes) => Nodes = nodes;

    internal ElementAttribute? Attribute { get; }

    internal Node? Node { get; }

    internal IEnumerable<Element>? Nodes { get; }

    public static implicit operator ElementPart((string Name, string? Value) attribute) =>
        attribute.Value is null ? default : new ElementPart(new ElementAttribute("", attribute.Name, attribute.Value));

    public static implicit operator ElementPart(ElementAttribute attribute) => new(attribute);

    public static implicit operator ElementPart(Node? node) => new(node);

    public static implicit operator ElementPart(string? text) => string.IsNullOrEmpty(text) ? default : new ElementPart(new TextNode(text));

    public static implicit operator ElementPart(Element[] nodes) => new(nodes);

    public static implicit operator ElementPart(List<Element> nodes) => new(nodes);
}
