using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Net.Sessions;

/// <summary>Why a request got no answer.</summary>
public enum NoReply
{
    /// <summary>None came in time.</summary>
    TimedOut,

    /// <summary>The session ended first.</summary>
    SessionEnded,
}

/// <summary>What became of an iq request: a result, the peer's error, or no answer. A value in every case.</summary>
public sealed record IqReply
{
    private IqReply()
    {
    }

    /// <summary>Whether a result came.</summary>
    public bool IsResult { get; private init; }

    /// <summary>The result's child, if it had one.</summary>
    public Element? Payload { get; private init; }

    /// <summary>The peer's or a server's error.</summary>
    public StanzaError? Error { get; private init; }

    /// <summary>Set when nothing came.</summary>
    public NoReply? Missing { get; private init; }

    public static IqReply Result(Element? payload) => new() { IsResult = true, Payload = payload };

    public static IqReply Refused(StanzaError error) => new() { Error = error };

    public static IqReply None(NoReply why) => new() { Missing = why };

    /// <summary>What it was, in a few words for a person.</summary>
    public override string ToString() =>
        IsResult ? "result" : Error?.ToString() ?? (Missing == NoReply.TimedOut ? "no answer in time" : "the XMPP stream was lost");
}
