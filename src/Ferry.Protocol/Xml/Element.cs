using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ferry.Protocol.Xml;

/// <summary>
/// An immutable XML element: what every stanza and payload is made of. Names are matched by namespace and local name; prefixes do not
/// survive parsing. The constructor refuses names and characters that XML does not have, so that nothing illegal can be sent.
/// </summary>
public sealed class Element : Node
{
    private readonly ElementAttribute[] _attributes;
    private readonly Node[] _nodes;

    /// <summary>Builds an element: <c>new Element(ns, "open", ("sid", sid), child, "text")</c>.</summary>
    /// <exception cref="ArgumentException">A name, value or text that XML does not allow, or an attribute given twice.</exception>
    public Element(string ns, string name, params ReadOnlySpan<ElementPart> parts)
    {
        XmlCharacters.Require(ns);
        XmlCharacters.RequireName(name);
        Namespace = ns;
        Name = name;
        var attributes = new List<ElementAttribute>();
        var nodes = new List<Node>();
        foreach (var part in parts)
        {
            if (part.Attribute is { } attribute) attributes.Add(attribute);
            else if (part.Node is { } node) nodes.Add(node);
            else if (part.Nodes is { } many) nodes.AddRange(many);
        }

        for (var i = 0; i < attributes.Count; i++)
        {
            var attribute = attributes[i];
            XmlCharacters.Require(attribute.Namespace);
            XmlCharacters.RequireName(attribute.Name);
            XmlCharacters.Require(attribute.Value);
            for (var before = 0; before < i; before++)
            {
                if (attributes[before].Name == attribute.Name && attributes[before].Namespace == attribute.Namespace) throw new ArgumentException($"attribute '{attribute.Name}' is given twice", nameof(parts));
            }
        }

        _attributes = [.. attributes];
        _nodes = [.. nodes];
    }

    // For the reader: everything was checked by the parser.
    internal Element(string ns, string name, ElementAttribute[] attributes, Node[] nodes)
    {
        Namespace = ns;
        Name = name;
        _attributes = attributes;
        _nodes = nodes;
    }

    /// <summary>The local name.</summary>
    public string Name { get; }

    /// <summary>The namespace, or an empty string.</summary>
    public string Namespace { get; }

    public ReadOnlySpan<ElementAttribute> Attributes => _attributes;

    public ReadOnlySpan<Node> Nodes => _nodes;

    /// <summary>The child elements in their order.</summary>
    public IEnumerable<Element> Children => _nodes.OfType<Element>();

    /// <summary>The first child element, or null.</summary>
    public Element? FirstChild
    {
        get
        {
            foreach (var node in _nodes)
            {
                if (node is Element child) return child;
            }

            return null;
        }
    }

    /// <summary>The character data directly inside this element, joined.</summary>
    public string Text => _nodes switch
    {
        [] => "",
        [TextNode only] => only.Value,
        _ => string.Concat(_nodes.OfType<TextNode>().Select(text => text.Value)),
    };

    /// <summary>Characters of <see cref="Text"/>, counted without joining them.</summary>
    public int TextLength
    {
        get
        {
            var length = 0;
            foreach (var node in _nodes) length += (node as TextNode)?.Length ?? 0;
            return length;
        }
    }

    /// <summary>Whether this is that element.</summary>
    public bool Is(string ns, string name) => Name == name && Namespace == ns;

    /// <summary>The value of an attribute without namespace, or null.</summary>
    public string? Attribute(string name)
    {
        foreach (var attribute in _attributes)
        {
            if (attribute.Name == name && attribute.Namespace.Length == 0) return attribute.Value;
        }

        return null;
    }

    /// <summary>The value of an attribute in a namespace (<c>xml:lang</c>), or null.</summary>
    public string? Attribute(string ns, string name)
    {
        foreach (var attribute in _attributes)
        {
            if (attribute.Name == name && attribute.Namespace == ns) return attribute.Value;
        }

        return null;
    }

    /// <summary>The first child element of that name, or null.</summary>
    public Element? Child(string ns, string name)
    {
        foreach (var node in _nodes)
        {
            if (node is Element child && child.Is(ns, name)) return child;
        }

        return null;
    }

    /// <summary>Every child element of that name.</summary>
    public IEnumerable<Element> ChildrenNamed(string ns, string name) => Children.Where(child => child.Is(ns, name));

    /// <summary>Whether a child of that name exists, and which.</summary>
    public bool TryChild(string ns, string name, [NotNullWhen(true)] out Element? child) => (child = Child(ns, name)) is not null;

    /// <summary>The same element with one attribute set, replaced, or (null) removed.</summary>
    public Element WithAttribute(string name, string? value)
    {
        XmlCharacters.RequireName(name);
        if (value is not null) XmlCharacters.Require(value);
        var kept = new List<ElementAttribute>(_attributes.Length + 1);
        foreach (var attribute in _attributes)
        {
            if (attribute.Name != name || attribute.Namespace.Length != 0) kept.Add(attribute);
        }

        if (value is not null) kept.Add(new ElementAttribute("", name, value));
        return new Element(Namespace, Name, [.. kept], _nodes);
    }

    /// <summary>The same element with one more child at its end.</summary>
    public Element WithChild(Node child) => new(Namespace, Name, _attributes, [.. _nodes, child]);

    /// <summary>The element as XML with its namespaces declared; for logs and tests.</summary>
    public override string ToString()
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        ElementWriter.Write(this, buffer, defaultNamespace: "");
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
