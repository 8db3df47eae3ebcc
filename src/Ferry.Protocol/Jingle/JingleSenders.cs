namespace Ferry.Protocol.Jingle;

/// <summary>Which of the two sends a content's data (XEP-0166 section 7.3).</summary>
public enum JingleSenders
{
    Initiator,
    Responder,
    Both,
    None,
}
