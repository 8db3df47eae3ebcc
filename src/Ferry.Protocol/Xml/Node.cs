namespace Ferry.Protocol.Xml;

/// <summary>What an element may hold: <see cref="Element"/> or <see cref="TextNode"/>. Immutable.</summary>
public abstract class Node
{
    private protected Node()
    {
    }
}
