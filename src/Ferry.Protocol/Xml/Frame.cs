namespace Ferry.Protocol.Xml;

/// <summary>What the framer found at the start of the bytes it was shown.</summary>
public enum FrameKind
{
    /// <summary>Nothing whole yet: show more bytes.</summary>
    NeedMore,

    /// <summary>Bytes that carry nothing (keep-alive white space, the XML declaration): drop them.</summary>
    Filler,

    /// <summary>The opening tag of the stream.</summary>
    StreamOpen,

    /// <summary>A complete element on the first level.</summary>
    Stanza,

    /// <summary>The closing tag of the stream.</summary>
    StreamClose,

    /// <summary>The peer broke a rule; the stream is dead.</summary>
    Violation,
}

/// <summary>A frame and its length in bytes from the start of what was shown.</summary>
public readonly record struct Frame(FrameKind Kind, int Length, XmlViolation? Violation = null);
