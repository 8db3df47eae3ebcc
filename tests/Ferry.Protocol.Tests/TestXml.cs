using System.Text;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests;

internal static class TestXml
{
    /// <summary>An element from its text, by the reader that the streams use.</summary>
    public static Element Parse(string text, string ns = Namespaces.Client)
    {
        var parsed = new ElementReader(XmlLimits.Default).Read(Encoding.UTF8.GetBytes(text), ns);
        return parsed.Element ?? throw new ArgumentException($"{parsed.Violation}: {text}");
    }

    /// <summary>What the other side reads of an element.</summary>
    public static Element OverTheWire(Element element) => Parse(element.ToString(), "");
}
