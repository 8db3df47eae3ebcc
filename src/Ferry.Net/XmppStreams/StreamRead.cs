using Ferry.Protocol.Xml;

namespace Ferry.Net.XmppStreams;

/// <summary>What <see cref="XmppStream.ReadAsync"/> came upon.</summary>
public enum StreamReadKind
{
    /// <summary>The peer's opening tag.</summary>
    Header,

    /// <summary>A whole element on the first level: a stanza or one of the stream's own elements.</summary>
    Element,

    /// <summary>The peer's closing tag.</summary>
    Closed,

    /// <summary>The connection ended without a closing tag, or broke.</summary>
    Ended,

    /// <summary>The peer broke a rule of XML or exceeded a limit; answer with a stream error and close.</summary>
    Violation,
}

/// <summary>One thing read from a stream.</summary>
/// <param name="Element">The header's tag or the element; null for the other kinds.</param>
/// <param name="Bytes">Bytes that it took on the wire.</param>
public readonly record struct StreamRead(StreamReadKind Kind, Element? Element = null, XmlViolation? Violation = null, Exception? Cause = null, int Bytes = 0);
