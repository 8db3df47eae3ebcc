using Ferry.Protocol.Xml;

namespace Ferry.Server.Index;

/// <summary>What is said to somebody who chats.</summary>
/// <param name="Links">What clients make buttons of.</param>
internal sealed record ChatAnswer(string Text, IReadOnlyList<Element> Links)
{
    public static implicit operator ChatAnswer(string text) => new(text, []);
}
