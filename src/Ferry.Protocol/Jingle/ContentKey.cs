namespace Ferry.Protocol.Jingle;

/// <summary>What a content is known by inside its session: who added it, and its name there. A name alone may exist twice.</summary>
public readonly record struct ContentKey(JingleRole Creator, string Name);
