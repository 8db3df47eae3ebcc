using System.Text;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Files;
using Ferry.Protocol.Jingle.Transports;
using Ferry.Protocol.Xml;

namespace Ferry.Fuzz;

/// <summary>Jingle requests: what is read is written and read again alike, and sessions of both roles take whatever comes.</summary>
internal static class JingleTarget
{
    private const string Content = "<content creator='initiator' name='c' senders='initiator'><description xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><name>n</name><size>5</size>"
        + "<mediaType>text/plain</mediaType><date>2026-01-02T03:04:05Z</date><desc>d</desc><range offset='1' length='2'/><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>2XarmwTlNxDAMkvymloX3S5+VbylNrJt/l5QyPa+YoU=</hash>"
        + "<hash-used xmlns='urn:xmpp:hashes:2' algo='sha-1'/><thumbnail xmlns='urn:xmpp:thumbs:1' uri='cid:x' width='1'/></file></description>"
        + "<transport xmlns='urn:xmpp:jingle:transports:s5b:1' sid='t' mode='tcp' dstaddr='972b7bf47291ca609517f67f86b5081086052dad'><candidate cid='1' host='192.0.2.1' jid='a@b/c' port='5' priority='8257636' type='direct'/></transport></content>";

    public static Target Create() => new(
        "jingle",
        [
            .. new[]
            {
                Request("session-initiate", Content),
                Request("session-accept", Content),
                Request("transport-info", "<content creator='initiator' name='c'><transport xmlns='urn:xmpp:jingle:transports:s5b:1' sid='t'><candidate-used cid='1'/></transport></content>"),
                Request("transport-replace", "<content creator='initiator' name='c'><transport xmlns='urn:xmpp:jingle:transports:ibb:1' sid='i' block-size='4096'/></content>"),
                Request("session-info", "<checksum xmlns='urn:xmpp:jingle:apps:file-transfer:5' creator='initiator' name='c'><file><hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>2jmj7l5rSw0yVb/vlWAYkK/YBwk=</hash></file></checksum>"),
                Request("session-terminate", "<reason><media-error/><text>t</text><file-too-large xmlns='urn:xmpp:jingle:apps:file-transfer:errors:0'/></reason>"),
            }.Select(Encoding.UTF8.GetBytes),
        ],
        Run);

    private static string Request(string action, string inside) => $"<jingle xmlns='urn:xmpp:jingle:1' action='{action}' sid='s' initiator='a@b/c'>{inside}</jingle>";

    private static void Run(byte[] bytes)
    {
        if (new ElementReader(XmlLimits.Default).Read(bytes, Namespaces.Client).Element is not { } element) return;
        Parts(element);
        if (!JingleStanza.TryParse(element, out var stanza, out _)) return;
        if (!JingleStanza.TryParse(stanza.ToElement(), out var again, out _)) throw new InvalidOperationException("what was written cannot be read");
        if (again.ToElement().ToString() != stanza.ToElement().ToString()) throw new InvalidOperationException("reading what was written gives something else");
        Sessions(stanza);
    }

    private static void Parts(Element element)
    {
        if (FileDescription.TryParse(element, out var file, out _)) _ = file.ToElement().ToString();
        if (FileNotice.TryParse(element, out var notice)) _ = notice.ToElement().ToString();
        if (FileHash.TryParse(element, out var hash)) _ = hash.ToElement().ToString();
        if (InBandTransport.TryParse(element, out var inBand)) _ = inBand.ToElement().ToString();
        if (Socks5Transport.TryParse(element, out var socks5))
        {
            if (socks5.Candidates.Length > Socks5Transport.MostCandidates) throw new InvalidOperationException("too many candidates");
            _ = socks5.ToElement().ToString();
            var machine = new Socks5Negotiation(JingleRole.Responder);
            machine.Handle(new Socks5NegotiationInput.Start([]), default);
            machine.Handle(new Socks5NegotiationInput.Theirs(socks5.Candidates), default);
            if (socks5.Notice is { } said) machine.Handle(new Socks5NegotiationInput.Noticed(said), default);
        }

        foreach (var child in element.Children) Parts(child);
    }

    private static void Sessions(JingleStanza stanza)
    {
        var responder = new JingleSession(JingleRole.Responder, Jid.Parse("b@c/d"), "s");
        responder.Handle(new JingleSessionInput.Arrived("1", stanza), default);
        responder.Handle(new JingleSessionInput.Arrived("2", stanza), default);
        var initiator = new JingleSession(JingleRole.Initiator, Jid.Parse("b@c/d"), "s");
        initiator.Handle(new JingleSessionInput.Initiate([new JingleContent(new ContentKey(JingleRole.Initiator, "c"))]), default);
        initiator.Handle(new JingleSessionInput.Arrived("1", stanza), default);
        initiator.Handle(new JingleSessionInput.Arrived("2", stanza), default);
    }
}
