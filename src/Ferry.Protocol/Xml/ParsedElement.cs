namespace Ferry.Protocol.Xml;

/// <summary>Either an element or what was wrong with the bytes; never both, never neither.</summary>
public readonly record struct ParsedElement(Element? Element, XmlViolation? Violation);
