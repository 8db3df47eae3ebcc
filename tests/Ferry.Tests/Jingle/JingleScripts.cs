using Ferry.Protocol.Addressing;
using Ferry.Testing.XmppScripts;

namespace Ferry.Tests.Jingle;

/// <summary>Jingle requests as other clients write them.</summary>
internal static class JingleScripts
{
    public const string Ns = "urn:xmpp:jingle:1";
    public const string FileNs = "urn:xmpp:jingle:apps:file-transfer:5";
    public const string S5b = "urn:xmpp:jingle:transports:s5b:1";
    public const string Ibb = "urn:xmpp:jingle:transports:ibb:1";

    public static string Request(Jid to, string action, string sid, string inside, string? id = null) =>
        $"<iq type='set' id='{id ?? action}' to='{to}'><jingle xmlns='{Ns}' action='{action}' sid='{sid}'>{inside}</jingle></iq>";

    public static string File(string name, long? size, string more = "") =>
        $"<description xmlns='{FileNs}'><file><name>{name}</name>{(size is null ? "" : $"<size>{size}</size>")}{more}</file></description>";

    public static string Content(string inside, string name = "c", string attributes = "senders='initiator'", string creator = "initiator") =>
        $"<content creator='{creator}' name='{name}' {attributes}>{inside}</content>";

    public static string InBand(string sid = "ibb1", int blockSize = 4096) => $"<transport xmlns='{Ibb}' sid='{sid}' block-size='{blockSize}'/>";

    public static string Socks5(string inside = "", string sid = "s5b1") => $"<transport xmlns='{S5b}' sid='{sid}'>{inside}</transport>";

    public static string Offer(Jid to, string sid, string name, long? size, string? transport = null, string more = "") =>
        Request(to, "session-initiate", sid, Content(File(name, size, more) + (transport ?? InBand())));

    /// <summary>What says which client it is.</summary>
    public static string Presence(Jid to, string node) =>
        $"<presence to='{to}'><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='{node}' ver='x'/></presence>";

    public static string Reason(string condition) => $"<reason><{condition}/></reason>";

    /// <summary>What a reader expects of the next Jingle request.</summary>
    public static string Expected(string action, string inside = "...") => $"<iq type='set'><jingle xmlns='{Ns}' action='{action}' ...>{inside}</jingle></iq>";
}
