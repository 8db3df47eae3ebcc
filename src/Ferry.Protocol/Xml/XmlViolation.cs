using Ferry.Protocol.Streams;

namespace Ferry.Protocol.Xml;

/// <summary>What the other side did wrong on the XML level, and the stream error that answers it (RFC 6120 section 4.9.3).</summary>
public sealed record XmlViolation(StreamCondition Condition, string Text);
