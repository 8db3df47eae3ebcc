using System.Text;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Commands;
using Ferry.Protocol.Components;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.Dns;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Protocol.HttpBridge;
using Ferry.Protocol.InBand;
using Ferry.Protocol.JabberFs;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Roster;
using Ferry.Protocol.Sasl;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.StreamInitiation;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;

namespace Ferry.Fuzz;

/// <summary>Every parser that reads what strangers send.</summary>
internal static class Targets
{
    private const string Head = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' from='a.example' version='1.0'>";

    private static readonly string[] Stanzas =
    [
        "<iq type='set' id='1' from='a@b/c'><open xmlns='http://jabber.org/protocol/ibb' sid='s' block-size='4096'/></iq>",
        "<iq type='set' id='2' from='a@b/c'><data xmlns='http://jabber.org/protocol/ibb' sid='s' seq='0'>QUJDRA==</data></iq>",
        "<iq type='set' id='3' from='a@b/c'><query xmlns='http://jabber.org/protocol/bytestreams' sid='s' mode='tcp'><streamhost jid='a@b/c' host='192.0.2.1' port='5086'/></query></iq>",
        "<iq type='set' id='4' from='a@b/c'><si xmlns='http://jabber.org/protocol/si' id='s' profile='http://jabber.org/protocol/si/profile/file-transfer'>"
            + "<file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='a&amp;b.txt' size='1022' hash='552da749930852c69ae5d2141d3766b1' date='2026-01-05T10:00:00Z'><desc>x</desc><range/></file>"
            + "<feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'><field var='stream-method' type='list-single'>"
            + "<option><value>http://jabber.org/protocol/bytestreams</value></option><option><value>http://jabber.org/protocol/ibb</value></option></field></x></feature></si></iq>",
        "<presence from='a@b/c'><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/></presence>",
        "<message from='a@b/c' type='error'><error type='cancel' code='404'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
        "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms></stream:features>",
        "<iq type='result' id='5'><query xmlns='jabber:iq:roster'><item jid='x@y' subscription='both' name='n'><group>g</group></item></query></iq>",
        "<iq type='result' id='6' from='a@b/c'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' type='pc'/><feature var='f'/></query></iq>",
        "<message><![CDATA[<a>]]></message>",
        "<iq type='result' id='9' from='a@b/c'><query xmlns='urn:ferry:jabberfs:1' sid='k3Jx9fQ2mVb80aWz'><listening/><append/><ip>192.0.2.1</ip><port>6666</port>"
            + "<auth>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA</auth><filename>a.txt</filename><filesize>10</filesize><filebytesdone>4</filebytesdone><date>2026-01-05T10:00:00Z</date>"
            + "<hash xmlns='urn:xmpp:hashes:2' algo='md5'>AAAAAAAAAAAAAAAAAAAAAA==</hash><prefix-hash><hash xmlns='urn:xmpp:hashes:2' algo='md5'>AAAAAAAAAAAAAAAAAAAAAA==</hash></prefix-hash></query></iq>",
        "<iq type='set' id='10' from='a@b/c'><query xmlns='jabber:iq:oob'><connecting/><ip>12.34.56.78</ip><filename>a.jpg</filename><filesize>35012</filesize><desc>x</desc></query></iq>",
        "<iq type='set' id='7' from='a@b/c'><connect xmlns='http://oneteam.im/bs-proxy' sid='s' jid='a@b/c' size='5' name='a.txt' type='text/plain'><streamhost jid='p.example' host='192.0.2.1' port='7777'/></connect></iq>",
        "<iq type='set' id='8' from='a@b/c'><query xmlns='http://jabber.org/protocol/bytestreams' sid='s'><activate>a@b/c</activate><x xmlns='http://oneteam.im/bs-proxy' size='5' progress='true'/></query></iq>",
        "<iq type='set' id='9' from='p.example'><activated xmlns='http://oneteam.im/bs-proxy' sidhash='aebf79a080576ab4687837ecf98c0aaf939a6e4a' url='https://p.example:8443/T'/></iq>",
        "<iq type='set' id='10' from='p.example'><progress xmlns='http://oneteam.im/bs-proxy' sidhash='aebf79a080576ab4687837ecf98c0aaf939a6e4a' total='100' sent='30'/></iq>",
        "<iq type='set' id='11' from='a@b/c'><publish xmlns='urn:ferry:jabberfs:index:1' share='docs' generation='7' mode='delta'><add path='a/r.pdf'><file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><name>r.pdf</name><size>1234</size>"
            + "<media-type>application/pdf</media-type><date>2026-01-01T00:00:00Z</date><hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>qvTGHdzF6KLavt4PO0gs2a6pQ00=</hash></file></add><remove path='a/old.pdf'/></publish></iq>",
        "<iq type='set' id='12' from='a@b/c'><access xmlns='urn:ferry:jabberfs:index:1' share='docs' path='a' visibility='granted'><grant jid='a@b'/><grant domain='b'/><grant group='g'><member jid='a@b'/></grant></access></iq>",
        "<iq type='set' id='13' from='f'><deliver xmlns='urn:ferry:jabberfs:index:1' entry='1' share='docs' path='a' to='a@b/c'/></iq>",
        "<iq type='set' id='14' from='a@b/c'><query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='submit'><field var='x-name'><value>rep* *part* type:video</value></field></x>"
            + "<set xmlns='http://jabber.org/protocol/rsm'><max>10</max><after>1-2</after></set></query></iq>",
        "<iq type='result' id='15' from='f'><query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='result'><reported><field var='jid'/></reported><item><field var='jid'><value>a@b/c</value></field><field var='nick'><value>n</value></field>"
            + "<field var='x-size'><value>1</value></field><field var='x-node'><value>files/a@b/s/n</value></field></item></x></query></iq>",
        "<iq type='set' id='16' from='a@b/c'><command xmlns='http://jabber.org/protocol/commands' node='search' action='next' sessionid='s'><x xmlns='jabber:x:data' type='submit'/></command></iq>",
        "<iq type='result' id='17' from='f'><query xmlns='urn:xmpp:fis:0' node='a@b'><directory name='docs'/><file xmlns='urn:xmpp:jingle:apps:file-transfer:4'><name>n</name><size>1</size></file></query></iq>",
        "<iq type='get' id='18' from='a@b/c'><retrieve xmlns='http://jabber.org/protocol/files' node='files/a@b/s/n'/></iq>",
    ];

    private static readonly string[] Forms =
    [
        "--B\r\nContent-Disposition: form-data; name=\"SIDHASH\"\r\n\r\naebf79a080576ab4687837ecf98c0aaf939a6e4a\r\n"
            + "--B\r\nContent-Disposition: form-data; name=\"FILE\"; filename=\"a.txt\"; filename*=UTF-8''%e2%82%ac\r\nContent-Type: text/plain\r\n\r\nTEST\r\n--B\r\n--B--\r\n",
        "preamble\r\n--B \r\nContent-Disposition: form-data;\r\n name=FILE; filename=C:\\a\r\n\r\n\r\n--Bx\r\n--B-\r\n--B--x\r\n\r\n--B--",
    ];

    public static IReadOnlyList<Target> All { get; } =
    [
        new("xml", [.. Stanzas.Select(stanza => Utf8(Head + stanza + " " + stanza + "</stream:stream>"))], Xml),
        new("stanza", [.. Stanzas.Select(Utf8)], Stanza),
        JingleTarget.Create(),
        new("component", [.. Stanzas.Select(stanza => Utf8(stanza.Replace("<iq ", "<iq xmlns='jabber:component:accept' ", StringComparison.Ordinal)))], ComponentStream),
        new("socks5", [Socks5Codec.WriteGreeting(), Socks5Codec.WriteConnect(DestinationAddress.Compute("s", "a@b/c", "d@e/f")), Socks5Codec.WriteReply(Socks5ReplyCode.Succeeded), [5, 2, 0, 2]], Socks5),
        new("dns", [DnsAnswer()], bytes => DnsMessageCodec.TryReadResponse(bytes, out _)),
        new("multipart", [.. Forms.Select(Utf8)], Multipart),
        new("preamble", [JabberFsPreamble.Write(new string('A', 43)), Utf8("JFS1 "), Utf8("JFS1 short\n")], Preamble),
        new("name", [.. new[] { "../../etc/passwd", "CON.txt", "a\u202egpj.exe", "…", "a/b\\c", new string('ä', 300) }.Select(Utf8)], Name),
        new("search", [.. new[] { "holiday 2024 repor* *part* type:video size:>10MB hash:sha-1:00 owner:a@b online:yes", "Straße *a?b*" }.Select(Utf8)], Search),
        new("jid", [.. new[] { "a@b.example/c", "Ä@xn--bcher-kva.example", "[::1]", "a@b/c/d@e" }.Select(Utf8)], Address),
        new("scram", [Utf8("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"), Utf8("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")], Scram),
    ];

    // However the bytes are cut, the framer finds the same frames; and what the reader accepts, it writes and reads again alike.
    private static void Xml(byte[] bytes)
    {
        var whole = Frames(bytes, bytes.Length);
        var cut = Frames(bytes, 1);
        if (!whole.SequenceEqual(cut)) throw new InvalidOperationException("the framer depends on how bytes are cut");
    }

    // What a server spells out in the component's namespace reads as a client's stanza, at once and for good.
    private static void ComponentStream(byte[] bytes)
    {
        var read = new ElementReader(XmlLimits.Default).Read(bytes, Namespaces.Client);
        if (read.Element is not { } element) return;
        var stanza = ComponentStanza.ToClient(element);
        if (stanza.Namespace == Namespaces.Component || ComponentStanza.ToClient(stanza).ToString() != stanza.ToString()) throw new InvalidOperationException("the namespace is not settled");
        if (Iq.TryParse(stanza, out var iq)) iq.ToElement();
        ComponentHandshake.IsAccepted(stanza);
    }

    private static List<(FrameKind, int)> Frames(byte[] bytes, int step)
    {
        var framer = new StanzaFramer(XmlLimits.Default);
        var frames = new List<(FrameKind, int)>();
        var (start, end) = (0, 0);
        while (true)
        {
            var frame = framer.Next(bytes.AsSpan(start, end - start));
            if (frame.Kind == FrameKind.NeedMore)
            {
                if (end == bytes.Length) return frames;
                end = Math.Min(bytes.Length, end + step);
                continue;
            }

            // White space may come in several pieces: it says nothing.
            if (frame.Kind != FrameKind.Filler) frames.Add((frame.Kind, frame.Kind == FrameKind.Violation ? 0 : frame.Length));
            if (frame.Kind is FrameKind.Violation or FrameKind.StreamClose || frames.Count > 1000) return frames;
            start += frame.Length;
        }
    }

    private static void Stanza(byte[] bytes)
    {
        var reader = new ElementReader(XmlLimits.Default);
        if (reader.Read(bytes, Namespaces.Client).Element is not { } element) return;
        var written = Utf8(element.ToString());
        var again = reader.Read(written, "").Element ?? throw new InvalidOperationException("what was written cannot be read");
        if (again.ToString() != element.ToString()) throw new InvalidOperationException("reading what was written gives something else");
        Payloads(element);
        foreach (var child in element.Children) Payloads(child);
        if (Iq.TryParse(element, out var iq)) _ = iq.ToElement().ToString();
        if (Message.TryParse(element, out var message)) _ = message.ToElement().ToString();
        if (Presence.TryParse(element, out var presence)) _ = presence.ToElement().ToString();
        StanzaError.Parse(element);
        StreamFeatures.Parse(element);
        StreamError.Parse(element);
    }

    private static void Payloads(Element element)
    {
        if (SiOffer.TryParse(element, out var offer, out _)) _ = offer.ToElement().ToString();
        if (SiAnswer.TryParse(element, out var answer, out _)) _ = answer.ToElement().ToString();
        if (InBandOpen.TryParse(element, out _, out _) | InBandData.TryParse(element, 4096, out _, out _)) { }
        if (BytestreamsOffer.TryParse(element, out var streams, out _)) _ = streams.ToElement().ToString();
        if (BridgeConnect.TryParse(element, out var connect, out _)) Again(connect.ToElement(), read => BridgeConnect.TryParse(read, out _, out _));
        if (BridgeActivation.TryParse(element, out var activation, out _)) Again(activation.ToElement(), read => BridgeActivation.TryParse(read, out _, out _));
        if (BridgeActivated.TryParse(element, out var activated, out _)) Again(activated.ToElement(), read => BridgeActivated.TryParse(read, out _, out _));
        if (BridgeProgress.TryParse(element, out var progress, out _)) Again(progress.ToElement(), read => BridgeProgress.TryParse(read, out _, out _));
        if (IndexPublish.TryParse(element, out var publish, out _)) Again(publish.ToElement(), read => IndexPublish.TryParse(read, out _, out _));
        if (IndexAccess.TryParse(element, out var access, out _)) Again(access.ToElement(), read => IndexAccess.TryParse(read, out _, out _));
        if (IndexDeliver.TryParse(element, out var deliver, out _)) Again(deliver.ToElement(), read => IndexDeliver.TryParse(read, out _, out _));
        if (IndexWithdraw.TryParse(element, out var withdraw, out _)) Again(withdraw.ToElement(), read => IndexWithdraw.TryParse(read, out _, out _));
        if (FileRetrieve.TryParse(element, out var retrieve, out _)) Again(retrieve.ToElement(), read => FileRetrieve.TryParse(read, out _, out _));
        if (FolderListing.TryParse(element, out var listing)) Again(listing.ToElement(), read => FolderListing.TryParse(read, out _));
        if (SearchAnswer.TryParse(element, out var found)) Again(found.ToElement(byForm: true), read => SearchAnswer.TryParse(read, out _));
        if (CommandRequest.TryParse(element, out var command, out _)) Again(command.ToElement(), read => CommandRequest.TryParse(read, out _, out _));
        if (CommandAnswer.TryParse(element, out var step)) Again(step.ToElement(), read => CommandAnswer.TryParse(read, out _));
        if (ResultSetQuery.TryFind(element, out var page)) _ = page?.ToElement().ToString();
        if (SearchRequest.TryParse(element, out var search, out _) && search.Query.IsEmpty) throw new InvalidOperationException("an empty search");
        foreach (var dialect in (JabberFsDialect[])[JabberFsDialect.Native, JabberFsDialect.Legacy])
        {
            if (JabberFsStanza.TryParse(element, dialect, "i", out var stanza, out _)) Again(stanza.ToElement(dialect), read => JabberFsStanza.TryParse(read, dialect, "i", out _, out _));
        }

        if (DiscoInfo.TryParse(element, out var info)) _ = EntityCaps.Compute(info);
        if (RosterQuery.TryParse(element, out var roster)) _ = roster.ToElement().ToString();
    }

    // What was read and written is read again.
    private static void Again(Element written, Predicate<Element> reads)
    {
        if (new ElementReader(XmlLimits.Default).Read(Utf8(written.ToString()), "").Element is not { } element || !reads(element)) throw new InvalidOperationException($"cannot be read again: {written}");
    }

    // However the form is cut, the same comes out, and a name out of it is one of ours.
    private static void Multipart(byte[] bytes)
    {
        foreach (var sidHashFirst in (bool[])[false, true])
        {
            var whole = Form(bytes, bytes.Length, sidHashFirst);
            if (Form(bytes, 1, sidHashFirst) != whole || Form(bytes, 5, sidHashFirst) != whole) throw new InvalidOperationException("the form depends on how bytes are cut");
        }

        if (MultipartBoundary.TryParse("multipart/form-data;" + Encoding.UTF8.GetString(bytes), out var boundary, out _)) _ = new MultipartReader(boundary, sidHashFirst: true);
    }

    private static string Form(byte[] bytes, int step, bool sidHashFirst)
    {
        var reader = new MultipartReader("B", sidHashFirst);
        var (found, file) = (new StringBuilder(), new List<byte>());
        var (at, end) = (0, 0);
        MultipartEvent one;
        do
        {
            end = Math.Max(end, Math.Min(bytes.Length, at + step));
            one = at < end ? reader.Next(bytes.AsMemory(at, end - at)) : reader.Complete();
            at += one.Consumed;
            file.AddRange(one.Bytes.ToArray());
            if (one.Part is { FileName: { } name } && FileNames.Sanitise(name) != name) throw new InvalidOperationException($"'{name}' is not safe");
            if (one.Kind is not (MultipartEventKind.NeedMore or MultipartEventKind.FileBytes or MultipartEventKind.End)) found.Append(one.Kind).Append(one.Part).Append(one.SidHash).Append(one.Fault);
        }
        while (one.Kind is not (MultipartEventKind.Fault or MultipartEventKind.End));
        if (file.Count != reader.FileLength) throw new InvalidOperationException("the file was miscounted");
        return found.Append(one.Kind).Append(Convert.ToBase64String(file.ToArray())).ToString();
    }

    private static void Socks5(byte[] bytes)
    {
        if (Socks5Codec.ReadGreeting(bytes).Consumed > bytes.Length || Socks5Codec.ReadRequest(bytes).Consumed > bytes.Length
            || Socks5Codec.ReadMethodReply(bytes).Consumed > bytes.Length || Socks5Codec.ReadReply(bytes).Consumed > bytes.Length)
        {
            throw new InvalidOperationException("more was consumed than there is");
        }
    }

    // What is decided after some bytes is decided: more of them change nothing.
    private static void Preamble(byte[] bytes)
    {
        var whole = JabberFsPreamble.Read(bytes);
        if (whole.Length > bytes.Length || whole.Length > JabberFsPreamble.Longest) throw new InvalidOperationException("more was consumed than there is");
        for (var length = 0; length < bytes.Length; length++)
        {
            var part = JabberFsPreamble.Read(bytes.AsSpan(0, length));
            if (part != JabberFsPreambleRead.NeedMore && part != whole) throw new InvalidOperationException("the preamble depends on how bytes are cut");
        }
    }

    private static void Name(byte[] bytes)
    {
        var safe = FileNames.Sanitise(Encoding.UTF8.GetString(bytes));
        if (safe.Length == 0 || safe is "." or ".." || safe.AsSpan().IndexOfAny("/\\\0") >= 0) throw new InvalidOperationException($"'{safe}' is not safe");
        if (Encoding.UTF8.GetByteCount(FileNames.Partial(safe)) > 255) throw new InvalidOperationException("its partial file's name is too long");
        if (FileNames.Sanitise(safe) != safe) throw new InvalidOperationException("a safe name changes again");
    }

    private static void Search(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var folded = SearchText.Fold(text);
        if (SearchText.Fold(folded) != folded) throw new InvalidOperationException("a folded text changes again");
        if (SearchWords.Parse(text) is not { Query: { } query }) return;
        foreach (var pattern in query.Patterns) pattern.Matches(folded.Length > 255 ? folded[..255] : folded);
    }

    private static void Address(byte[] bytes)
    {
        if (!Jid.TryParse(Encoding.UTF8.GetString(bytes), out var jid)) return;
        if (!Jid.TryParse(jid.ToString(), out var again) || again != jid) throw new InvalidOperationException("a prepared address is not stable");
    }

    private static void Scram(byte[] bytes)
    {
        var mechanism = new ScramMechanism(ScramHash.Sha1, Plus: false);
        if (!ScramClient.TryCreate(mechanism, "user", "pencil", "fyko+d2lbbFgONRv9qkxdawL", new ScramBinding.None(), null, out var client, out _)) return;
        if (client.HandleServerFirst(Encoding.UTF8.GetString(bytes)) is SaslStep.Reply) client.HandleServerFinal(Encoding.UTF8.GetString(bytes));
    }

    private static byte[] DnsAnswer()
    {
        DnsMessageCodec.TryWriteQuery(1, "_xmpp-client._tcp.example.org", DnsRecordType.Srv, out var query);
        byte[] answer = [.. query!, 0xC0, 0x0C, 0, 33, 0, 1, 0, 0, 0, 60, 0, 12, 0, 5, 0, 0, 0x14, 0x66, 4, (byte)'x', (byte)'m', (byte)'p', (byte)'p', 0xC0];
        answer[2] = 0x81;
        answer[3] = 0x80;
        answer[7] = 1;
        return answer;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
