namespace Ferry.Protocol.Xml;

/// <summary>One attribute. <see cref="Namespace"/> is empty for an attribute without prefix.</summary>
public readonly record struct ElementAttribute(string Namespace, string Name, string Value);
