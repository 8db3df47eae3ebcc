using Ferry.Protocol.Xml;

namespace Ferry.Server.LocalXmpp;

/// <summary>About how many bytes an element takes, for the bounds of queues: counted without writing it.</summary>
internal static class StanzaSize
{
    // Tags, quotes and namespace of one element.
    private const int PerElement = 64;

    public static int Of(Element element)
    {
        var size = PerElement + element.Name.Length;
        foreach (var attribute in element.Attributes) size += attribute.Name.Length + attribute.Value.Length + 4;
        foreach (var node in element.Nodes) size += node is Element child ? Of(child) : ((TextNode)node).Length;
        return size;
    }
}
