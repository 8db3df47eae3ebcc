using Ferry.Protocol.Addressing;
using Ferry.Testing.XmppScripts;

namespace Ferry.Tests.Transfers;

/// <summary>What peers of other makes say, as XML.</summary>
internal static class Scripts
{
    public const string InBand = "http://jabber.org/protocol/ibb";
    public const string Bytestreams = "http://jabber.org/protocol/bytestreams";

    public static string Offer(Jid to, string sid, string name, long size, string[] methods, string? md5 = null) =>
        $"<iq type='set' id='{sid}' to='{to}'><si xmlns='http://jabber.org/protocol/si' id='{sid}' profile='http://jabber.org/protocol/si/profile/file-transfer'>" +
        $"<file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='{name}' size='{size}'{(md5 is null ? "" : $" hash='{md5}'")}/>" +
        "<feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'><field var='stream-method' type='list-single'>" +
        string.Concat(methods.Select(method => $"<option><value>{method}</value></option>")) + "</field></x></feature></si></iq>";

    public static string Accept(Jid to, string id, string method) =>
        $"<iq type='result' id='{id}' to='{to}'><si xmlns='http://jabber.org/protocol/si'><feature xmlns='http://jabber.org/protocol/feature-neg'>" +
        $"<x xmlns='jabber:x:data' type='submit'><field var='stream-method'><value>{method}</value></field></x></feature></si></iq>";

    public static string Open(Jid to, string sid, int blockSize = 4096, string id = "open") =>
        $"<iq type='set' id='{id}' to='{to}'><open xmlns='{InBand}' sid='{sid}' block-size='{blockSize}'/></iq>";

    public static string Data(Jid to, string sid, int seq, string base64) =>
        $"<iq type='set' id='d{seq}' to='{to}'><data xmlns='{InBand}' sid='{sid}' seq='{seq}'>{base64}</data></iq>";

    public static string Data(Jid to, string sid, int seq, int bytes) => Data(to, sid, seq, Convert.ToBase64String(new byte[bytes]));

    public static string Message(Jid to, string sid, int seq, string base64) =>
        $"<message to='{to}'><data xmlns='{InBand}' sid='{sid}' seq='{seq}'>{base64}</data></message>";

    public static string Close(Jid to, string sid) => $"<iq type='set' id='close' to='{to}'><close xmlns='{InBand}' sid='{sid}'/></iq>";

    public static string Result(Jid to, string id) => $"<iq type='result' id='{id}' to='{to}'/>";

    public static string Error(Jid to, string id, string condition) =>
        $"<iq type='error' id='{id}' to='{to}'><error type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";

    /// <summary>Offers, is accepted, and opens an in-band stream of that id.</summary>
    public static async Task<Task<Outcome>> BeginInBandAsync(this ScriptedClient sender, Harbour harbour, FerryClient receiver, string sid, long size, string? md5 = null, int blockSize = 4096)
    {
        await sender.SendAsync(Offer(receiver.Jid, sid, "f", size, [InBand], md5));
        var receiving = harbour.ReceiveAsync(receiver);
        await sender.SkipToAsync($"<iq type='result' id='{sid}'>...</iq>");
        await sender.SendAsync(Open(receiver.Jid, sid, blockSize));
        await sender.SkipToAsync("<iq type='result' id='open'>...</iq>");
        return receiving;
    }

    /// <summary>The same with an offer as it is written there, which is taken into a stream.</summary>
    public static async Task<Task<Outcome>> BeginInBandAsync(this ScriptedClient sender, FerryClient receiver, Stream target, string sid, string offer, int blockSize = 4096)
    {
        await sender.SendAsync(offer);
        var receiving = (await Harbour.NextOfferAsync(receiver)).AcceptAsync(target);
        await sender.SkipToAsync($"<iq type='result' id='{sid}'>...</iq>");
        await sender.SendAsync(Open(receiver.Jid, sid, blockSize));
        await sender.SkipToAsync("<iq type='result' id='open'>...</iq>");
        return receiving;
    }

    /// <summary>Answers the question for features, reads the offer, says yes to a method, and gives the offer's id back.</summary>
    public static async Task<string> AcceptOfferAsync(this ScriptedClient receiver, Jid sender, string method)
    {
        await receiver.AnswerFeaturesAsync(sender);
        var sid = (await receiver.SkipToAsync("<iq type='set'>...<si xmlns='http://jabber.org/protocol/si'>...</si></iq>")).FirstChild!.Attribute("id")!;
        await receiver.SendAsync(Accept(sender, sid, method));
        return sid;
    }

    public static async Task AnswerFeaturesAsync(this ScriptedClient receiver, Jid sender)
    {
        var query = await receiver.SkipToAsync("<iq type='get'>...<query xmlns='http://jabber.org/protocol/disco#info'>...</query></iq>");
        string[] features = ["http://jabber.org/protocol/si", "http://jabber.org/protocol/si/profile/file-transfer", InBand, Bytestreams];
        await receiver.SendAsync(
            $"<iq type='result' id='{query.Attribute("id")}' to='{sender}'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' type='pc'/>" +
            string.Concat(features.Select(feature => $"<feature var='{feature}'/>")) + "</query></iq>");
    }

    /// <summary>Takes an in-band stream to its end and gives its bytes back.</summary>
    public static async Task<byte[]> TakeInBandAsync(this ScriptedClient receiver, Jid sender, string sid)
    {
        var open = await receiver.SkipToAsync($"<iq type='set'>...<open xmlns='{InBand}' sid='{sid}'>...</open></iq>");
        await receiver.SendAsync(Result(sender, open.Attribute("id")!));
        var bytes = new List<byte>();
        while (true)
        {
            var stanza = await receiver.NextElementAsync();
            if (stanza.FirstChild is not { Namespace: InBand } payload) continue;
            await receiver.SendAsync(Result(sender, stanza.Attribute("id")!));
            if (payload.Name == "close") return [.. bytes];
            bytes.AddRange(Convert.FromBase64String(payload.Text));
        }
    }
}
