using System.Text;
using Ferry.Protocol.Xml;

namespace Ferry.Testing.XmppScripts;

/// <summary>
/// What a script expects of an element, written as XML. <c>*</c> as an attribute's value or as a text stands for anything that is there;
/// <c>...</c> as a text says that there may be further children. Attributes that the pattern does not name may be there only if it has <c>...</c>;
/// children are compared in their order. The number that an error carries for old clients (XEP-0086) is not looked at.
/// </summary>
public static class XmlPattern
{
    private const string Any = "*";
    private const string More = "...";

    /// <summary>Reads a script's XML, in the namespace of client stanzas where it says nothing else.</summary>
    public static Element Read(string xml)
    {
        var parsed = new ElementReader(XmlLimits.Default).Read(Encoding.UTF8.GetBytes(xml.Trim()), Protocol.Namespaces.Client);
        return parsed.Element ?? throw new ArgumentException($"the script's XML is wrong: {parsed.Violation}\n{xml}", nameof(xml));
    }

    public static bool Fits(Element pattern, Element actual)
    {
        if (!actual.Is(pattern.Namespace, pattern.Name)) return false;
        var open = pattern.Nodes.ToArray().OfType<TextNode>().Any(text => text.Value.Trim() == More);
        return AttributesFit(pattern, actual, open) && ContentFits(pattern, actual, open);
    }

    private static bool AttributesFit(Element pattern, Element actual, bool open)
    {
        foreach (var expected in pattern.Attributes)
        {
            var value = expected.Namespace.Length == 0 ? actual.Attribute(expected.Name) : actual.Attribute(expected.Namespace, expected.Name);
            if (value is null || (expected.Value != Any && expected.Value != value)) return false;
        }

        var ignored = actual.Name == "error" && actual.Attribute("code") is not null && pattern.Attribute("code") is null ? 1 : 0;
        return open || actual.Attributes.Length - ignored == pattern.Attributes.Length;
    }

    private static bool ContentFits(Element pattern, Element actual, bool open)
    {
        var children = actual.Children.ToList();
        var expected = pattern.Children.ToList();
        if (open)
        {
            var next = 0;
            foreach (var child in children)
            {
                if (next < expected.Count && Fits(expected[next], child)) next++;
            }

            return next == expected.Count;
        }

        if (children.Count != expected.Count || children.Where((child, i) => !Fits(expected[i], child)).Any()) return false;
        var text = pattern.Text.Trim();
        return text == Any ? actual.Text.Length > 0 : text == actual.Text.Trim();
    }
}
