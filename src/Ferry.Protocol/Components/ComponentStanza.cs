using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Components;

/// <summary>
/// Stanzas of a component stream are those of clients in another namespace (XEP-0114 section 3). Ferry knows them in <c>jabber:client</c> only: a component stream is
/// read and written with that as its default, and what a server spelled out is renamed here.
/// </summary>
public static class ComponentStanza
{
    /// <summary>The same element with <c>jabber:component:accept</c> as <c>jabber:client</c>; payloads in other namespaces stay as they are.</summary>
    public static Element ToClient(Element element)
    {
        if (element.Namespace != Namespaces.Component) return element;
        var nodes = new Node[element.Nodes.Length];
        for (var i = 0; i < nodes.Length; i++) nodes[i] = element.Nodes[i] is Element child ? ToClient(child) : element.Nodes[i];
        return new Element(Namespaces.Client, element.Name, element.Attributes.ToArray(), nodes);
    }
}
