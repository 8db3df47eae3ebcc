using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.FileIndex;

/// <summary>Asks for a file of the tree (XEP-0135 section 3): it comes as an offer whose id is the file's name.</summary>
public sealed record FileRetrieve(FileNode Node)
{
    /// <summary>Reads <c>retrieve</c>; on false <paramref name="error"/> answers it.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out FileRetrieve? retrieve, [NotNullWhen(false)] out StanzaError? error)
    {
        retrieve = null;
        error = null;
        if (!element.Is(Namespaces.FileTree, "retrieve") || element.Attribute("node") is not { Length: > 0 } text) error = IndexErrors.Bad("retrieve needs a node");
        else if (!FileNode.TryParse(text, out var node) || node.Path is null) error = IndexErrors.NotFound;
        else retrieve = new FileRetrieve(node);
        return retrieve is not null;
    }

    public Element ToElement() => new(Namespaces.FileTree, "retrieve", ("node", Node.ToString()));
}
