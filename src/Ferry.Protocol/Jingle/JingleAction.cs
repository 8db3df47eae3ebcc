namespace Ferry.Protocol.Jingle;

/// <summary>What a Jingle stanza asks for (XEP-0166 section 7.2).</summary>
public enum JingleAction
{
    ContentAccept,
    ContentAdd,
    ContentModify,
    ContentReject,
    ContentRemove,
    DescriptionInfo,
    SecurityInfo,
    SessionAccept,
    SessionInfo,
    SessionInitiate,
    SessionTerminate,
    TransportAccept,
    TransportInfo,
    TransportReject,
    TransportReplace,
}
