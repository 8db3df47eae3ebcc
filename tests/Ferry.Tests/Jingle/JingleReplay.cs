using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Ferry.Protocol.Xml;
using Ferry.Testing;
using Ferry.Testing.XmppScripts;
using Ferry.Tests.Replays;

namespace Ferry.Tests.Jingle;

/// <summary>
/// One end of a recorded Jingle exchange, played to Ferry in the place of the other: it says what was recorded, in the recorded order, with its own addresses
/// and Ferry's ids put in; what Ferry says must be of the recorded kinds. Bytes cross really, over the connection that the notices agree on.
/// </summary>
internal sealed partial class JingleReplay : IAsyncDisposable
{
    private readonly List<(string By, Element Stanza)> _steps = [];
    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);
    private readonly JinglePeer _peer;
    private readonly FerryClient _ferry;
    private readonly bool _ferrySends;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private Task<NetworkStream>? _accepted;
    private NetworkStream? _connected;
    private Element? _offeredByFerry;
    private string _stream = "";

    public JingleReplay(string name, JinglePeer peer, FerryClient ferry, bool ferrySends)
    {
        (_peer, _ferry, _ferrySends) = (peer, ferry, ferrySends);
        using var stream = typeof(JingleReplay).Assembly.GetManifestResourceStream($"Ferry.Tests.Jingle.Recorded.{name}.xml")!;
        var text = new StreamReader(stream, Encoding.UTF8).ReadToEnd();
        foreach (Match step in Steps().Matches(text)) _steps.Add((step.Groups[1].Value, XmlPattern.Read(step.Groups[2].Value)));
        Content = new byte[int.Parse(Size().Match(text).Groups[1].Value)];
        new Random(Content.Length).NextBytes(Content);
        Recorded = (FirstJid("sender"), FirstJid("receiver"));
    }

    public byte[] Content { get; }

    /// <summary>What the other end got.</summary>
    public byte[] Arrived { get; private set; } = [];

    private (string Sender, string Receiver) Recorded { get; }

    /// <summary>Plays to the end.</summary>
    public async Task PlayAsync()
    {
        for (var i = 0; i < _steps.Count; i++)
        {
            var (by, stanza) = _steps[i];
            if (stanza.Name != "iq" || stanza.Attribute("type") != "set" || by == "proxy" || stanza.FirstChild!.Namespace.EndsWith("bytestreams", StringComparison.Ordinal)) continue;
            if (by == "sender" == _ferrySends) await HearAsync(stanza.FirstChild!);
            else await SayAsync(stanza);
            // Every block at once; the others of the record are these.
            if (stanza.FirstChild!.Name == "data") i = _steps.FindLastIndex(step => step.Stanza.FirstChild?.Name == "data");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        if (_connected is not null) await _connected.DisposeAsync();
        if (_accepted is { IsCompletedSuccessfully: true }) await (await _accepted).DisposeAsync();
    }

    private async Task HearAsync(Element recorded)
    {
        if (recorded.Name == "data") return; // counted by the peer
        if (recorded.Attribute("action") == "session-info")
        {
            // Ferry tells the hash before it closes, Libervia behind that.
            await Eventually.HoldsAsync(() => _peer.HasHeard("session-info"), "the checksum");
            return;
        }

        var heard = await _peer.NextAsync(recorded.Attribute("action") ?? recorded.Name);
        Note(recorded.Attribute("sid"), heard.Attribute("sid"));
        if (recorded.FirstChild is not { Name: "content" } was || heard.FirstChild is not { Name: "content" } now) return;
        Note(was.Attribute("name"), now.Attribute("name"));
        if (was.Children.LastOrDefault(child => child.Name == "transport") is not { } wasTransport || now.Children.LastOrDefault(child => child.Name == "transport") is not { } transport) return;
        transport.Namespace.ShouldBe(wasTransport.Namespace);
        Note(wasTransport.Attribute("sid"), transport.Attribute("sid"));
        if (transport.Children.Any(child => child.Name == "candidate")) _offeredByFerry = transport;
        if (transport.Namespace == JingleScripts.S5b) _stream = transport.Attribute("sid")!;
        // Ferry gives up a race that the other end has won already.
        if (wasTransport.FirstChild?.Name == "candidate-error" || (wasTransport.FirstChild?.Name == "candidate-used" && _connected is null)) transport.FirstChild?.Name.ShouldBe(wasTransport.FirstChild.Name);
    }

    private async Task SayAsync(Element stanza)
    {
        var payload = stanza.FirstChild!;
        if (payload.Name == "data")
        {
            for (var (at, seq) = (0, 0); at < Content.Length; at += 4096, seq++)
            {
                await _peer.SendAsync(Transfers.Scripts.Data(_ferry.Jid, Now(payload.Attribute("sid")!), seq, Convert.ToBase64String(Content.AsSpan(at, Math.Min(4096, Content.Length - at)))));
            }

            return;
        }

        var notice = payload.FirstChild is { Name: "content" } content ? content.Children.LastOrDefault(child => child.Name == "transport")?.FirstChild : null;
        if (notice?.Name == "candidate-used") await ConnectAsync(notice.Attribute("cid")!);
        var ends = payload.Attribute("action") == "session-terminate" && payload.ToString().Contains("success", StringComparison.Ordinal);
        if (ends && _ferrySends) await TakeAllAsync();
        var text = Rewrite(stanza);
        await _peer.SendAsync(text);
        if (payload.Name == "open") await _peer.AnswerAsync(stanza.Attribute("id")!); // nobody sends before that
        if (payload.FirstChild?.FirstChild is { } && notice?.Name is "candidate-used" or "candidate-error") _ = GiveWhenAgreedAsync();
    }

    private string Rewrite(Element stanza)
    {
        var to = stanza.WithAttribute("to", _ferry.Jid.ToString()).WithAttribute("from", null);
        if (to.FirstChild!.Attribute("action") is "session-initiate" or "session-accept" && to.ToString().Contains(JingleScripts.S5b, StringComparison.Ordinal)) Listen();
        var text = Candidate().Replace(to.ToString(), match => match.Value.Contains("proxy", StringComparison.Ordinal) ? "" : WithOwnAddress(match.Value));
        foreach (var (was, now) in _ids) text = text.Replace(was, now, StringComparison.Ordinal);
        var digits = Convert.ToBase64String(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(Content))));
        text = text.Replace("ZDU0Y2ExZmIwM2I0ODI2MGY3NTJkNDEwMjVhMTQzYTU0OWU1MTcxNzY2ZGRmMWU3M2E0MjhiYTliMzMwZGIxZg==", digits, StringComparison.Ordinal);
        var ferryWas = _ferrySends ? Recorded.Sender : Recorded.Receiver;
        var peerWas = _ferrySends ? Recorded.Receiver : Recorded.Sender;
        // Only where an address stands alone: one of the two begins with the other.
        text = text.Replace($"'{ferryWas}'", $"'{_ferry.Jid}'", StringComparison.Ordinal).Replace($"'{peerWas}'", $"'{_peer.Jid}'", StringComparison.Ordinal);
        if (S5bSid().Match(text) is { Success: true } sid) _stream = sid.Groups[1].Value;
        return text;
    }

    // The one that was reached is there, the others are as dead as they were.
    private string WithOwnAddress(string candidate)
    {
        var cid = CidOf().Match(candidate).Groups[1].Value;
        var reached = _steps.Any(step => step.By == (_ferrySends ? "sender" : "receiver") && step.Stanza.ToString().Contains($"candidate-used cid='{cid}'", StringComparison.Ordinal));
        var host = HostOf().Replace(candidate, "host='127.0.0.1'");
        return PortOf().Replace(host, $"port='{(reached ? ((IPEndPoint)_listener.LocalEndpoint).Port : 1)}'");
    }

    private void Listen()
    {
        if (_accepted is not null) return;
        _listener.Start();
        _accepted = AcceptAsync();
    }

    private async Task<NetworkStream> AcceptAsync()
    {
        var stream = new NetworkStream(await _listener.AcceptSocketAsync(), ownsSocket: true);
        var destination = await RawSocks5.ServeAsync(stream, "echo");
        destination.ShouldBe(RawSocks5.Destination(_stream, _peer.Jid.ToString(), _ferry.Jid.ToString()));
        await stream.WriteAsync(RawSocks5.Echo(destination));
        return stream;
    }

    // Gajim and Libervia as initiators ask for initiator before responder.
    private async Task ConnectAsync(string cid)
    {
        var candidate = _offeredByFerry!.Children.First(child => child.Name == "candidate" && child.Attribute("type") == "direct");
        Note(cid, candidate.Attribute("cid"));
        var (initiator, responder) = _ferrySends ? (_ferry.Jid, _peer.Jid) : (_peer.Jid, _ferry.Jid);
        _connected = await RawSocks5.ConnectAsync(
            candidate.Attribute("host")!, int.Parse(candidate.Attribute("port")!), RawSocks5.Destination(_offeredByFerry.Attribute("sid")!, initiator.ToString(), responder.ToString()));
    }

    private async Task GiveWhenAgreedAsync()
    {
        if (_ferrySends || (_connected ?? await (_accepted ?? Task.FromResult<NetworkStream>(null!))) is not { } stream) return;
        await stream.WriteAsync(Content);
        stream.Socket.Shutdown(SocketShutdown.Send);
    }

    private async Task TakeAllAsync()
    {
        if (_steps.Any(step => step.Stanza.FirstChild?.Name == "open"))
        {
            Arrived = _peer.Blocks.ToArray();
            return;
        }

        var stream = _connected ?? await _accepted!.WaitAsync(Harbour.Patience);
        Arrived = new byte[Content.Length];
        await stream.ReadExactlyAsync(Arrived).AsTask().WaitAsync(Harbour.Patience);
        await stream.DisposeAsync();
    }

    private string Now(string recorded) => _ids.GetValueOrDefault(recorded, recorded);

    private void Note(string? was, string? now)
    {
        if (was is not null && now is not null && was != now) _ids.TryAdd(was, now);
    }

    private string FirstJid(string by) => _steps.Where(step => step.By == by && step.Stanza.FirstChild?.Name == "jingle").Select(step => step.Stanza.Attribute("from")).FirstOrDefault() ?? "nobody";

    [GeneratedRegex(@"<!-- [\d.]+  (\w+) > \w+ -->\s*\n(<.*?>)\s*(?=\n|$)(?:\n|$)")]
    private static partial Regex Steps();

    [GeneratedRegex(@"<size>(\d+)</size>")]
    private static partial Regex Size();

    [GeneratedRegex(@"<candidate [^>]*/>")]
    private static partial Regex Candidate();

    [GeneratedRegex(@"cid='([^']*)'")]
    private static partial Regex CidOf();

    [GeneratedRegex(@"host='[^']*'")]
    private static partial Regex HostOf();

    [GeneratedRegex(@"port='[^']*'")]
    private static partial Regex PortOf();

    [GeneratedRegex(@"<transport xmlns='urn:xmpp:jingle:transports:s5b:1'[^>]* sid='([^']*)'|<transport sid='([^']*)'")]
    private static partial Regex S5bSid();
}
