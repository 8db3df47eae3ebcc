using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Ferry.Net.XmppStreams;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;
using Ferry.Testing.XmppScripts;
using Step = Ferry.Tests.Replays.Recording.Step;

namespace Ferry.Tests.Replays;

/// <summary>
/// Ferry in the place of one end of a recorded exchange. The other end says what was recorded, when it was recorded; what Ferry says must be what
/// the client said in whose place it stands, as far as the other end can tell; and the bytes cross really: in stanzas, or over sockets with the
/// manners of the client that was recorded. Ferry has the recorded address; ids and the offer's id are carried over.
/// </summary>
internal sealed class Replay : IAsyncDisposable
{
    private const string Info = "http://jabber.org/protocol/disco#info";
    private static readonly string[] Described =
        ["http://jabber.org/protocol/si", "http://jabber.org/protocol/si/profile/file-transfer", Transfers.Scripts.Bytestreams, Transfers.Scripts.InBand];

    /// <summary>What they take in-band, as docs/peers.md says.</summary>
    private static readonly Dictionary<string, int> LargestBlocks = new(StringComparer.Ordinal) { ["libpurple"] = 65535, ["slixmpp"] = 8192 };

    private readonly Recording _recording;
    private readonly bool _ferrySends;
    private readonly FakeServer _server = FakeServer.Start();
    private readonly LoopbackProxy _proxy = new();
    private readonly Channel<Element> _fromFerry = Channel.CreateUnbounded<Element>();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Dictionary<string, string> _ids = [];
    private readonly List<NetworkStream> _open = [];
    private readonly TaskCompletionSource _activated = new();
    private FakeConnection? _connection;
    private FerryClient? _client;
    private Task _serving = Task.CompletedTask;
    private string? _recordedSid;
    private string? _sid;
    private Element? _hosts;
    private Task<NetworkStream>? _accepted;
    private long _taken;
    private long _given;

    private Replay(Recording recording, bool ferrySends) => (_recording, _ferrySends) = (recording, ferrySends);

    /// <summary>What the other end received.</summary>
    public MemoryStream Arrived { get; } = new();

    public FerryClient Client => _client ?? throw new InvalidOperationException("not started");

    public Jid Peer => _ferrySends ? _recording.Receiver : _recording.Sender;

    private Jid Ferry => _ferrySends ? _recording.Sender : _recording.Receiver;

    private string PeerMakes => (_ferrySends ? _recording.Receives : _recording.Sends).Split(' ')[0];

    private FakeConnection Connection => _connection ?? throw new InvalidOperationException("not started");

    public static async Task<Replay> StartAsync(Recording recording, bool ferrySends, Func<FerryOptions, FerryOptions> with)
    {
        var replay = new Replay(recording, ferrySends);
        var connecting = FerryClient.ConnectAsync(with(new FerryOptions
        {
            Account = replay.Ferry,
            Password = "secret",
            Server = replay._server.EndPoint.ToString(),
            InsecurePlaintext = true,
            AcceptFrom = PeerPolicy.Anyone,
        }));
        replay._connection = await replay._server.AcceptAsync();
        await replay._connection.LogInAsync(replay.Ferry.Local!, sm: null);
        replay._serving = replay.ServeAsync();
        replay._client = await connecting.WaitAsync(Harbour.Patience);
        if (recording.Caps.TryGetValue(ferrySends ? "receiver" : "sender", out var caps)) await replay.SendAsync(XmlPattern.Read($"<presence>{caps}</presence>"));
        return replay;
    }

    /// <summary>Plays the other end to its last stanza.</summary>
    public async Task PlayAsync()
    {
        var steps = _recording.Steps;
        for (var i = 0; i < steps.Count; i++)
        {
            var step = steps[i];
            var byFerry = step.By == "sender" == _ferrySends;
            if (step.By == "proxy" || (_ferrySends && step.Payload?.Namespace == Info)) continue;
            if (step.Stanza.Attribute("to") == LoopbackProxy.Jid) await ActivateAsync(byFerry);
            else if (!byFerry) await SayAsync(step, i + 1 < steps.Count ? steps[i + 1] : null);
            else if (step.Has("data")) i = await TakeBlocksAsync(i);
            else await HearAsync(step);
        }

        foreach (var stream in _open.Where(_ => _ferrySends && _recording.Steps.Any(step => step.Has("query") && step.Payload!.Namespace == Transfers.Scripts.Bytestreams))) await ReadAsync(stream);
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null) await _client.DisposeAsync();
        foreach (var stream in _open) await stream.DisposeAsync();
        await _server.DisposeAsync();
        await _serving;
        await _proxy.DisposeAsync();
    }

    // What Ferry says next must fit what was recorded.
    private async Task HearAsync(Step step)
    {
        var actual = await NextAsync();
        var payload = actual.Children.FirstOrDefault(child => child.Name != "text");
        (actual.Name, actual.Attribute("type")).ShouldBe((step.Stanza.Name, step.Stanza.Attribute("type")), $"expected {step.Stanza}\n     got {actual}");
        (payload?.Namespace, payload?.Name).ShouldBe((step.Payload?.Namespace, step.Payload?.Name), $"expected {step.Stanza}\n     got {actual}");
        if (step.IsRequest) _ids[step.Stanza.Attribute("id")!] = actual.Attribute("id")!;
        else actual.Attribute("id").ShouldBe(step.Stanza.Attribute("id"));
        if (payload is null) return;
        if (step.IsRequest && _sid is null) (_recordedSid, _sid) = (SidOf(step.Payload!), SidOf(payload));
        if (step.IsRequest && payload.Attribute("sid") is { } sid) sid.ShouldBe(_sid);
        ReplayChecks.ShouldSayTheSame(step.Payload!, payload, LargestBlocks.TryGetValue(PeerMakes, out var block) ? block : null);
        if (payload.Name == "query" && step.IsRequest) _hosts = payload;
        if (payload.Child(Transfers.Scripts.Bytestreams, "streamhost-used") is { } used && used.Attribute("jid") != LoopbackProxy.Jid) await GiveAsync(await _accepted!);
    }

    private static string? SidOf(Element payload) => payload.Name == "si" ? payload.Attribute("id") : payload.Attribute("sid");

    // The other end says what was recorded.
    private async Task SayAsync(Step step, Step? next)
    {
        var stanza = step.Stanza;
        if (!step.IsRequest && stanza.Name == "iq") stanza = stanza.WithAttribute("id", _ids[stanza.Attribute("id")!]);
        if (_recordedSid is not null) stanza = XmlPattern.Read(stanza.ToString().Replace(_recordedSid, _sid, StringComparison.Ordinal));
        if (step.Has("data")) stanza = WithBytes(stanza);
        if (step.Has("query") && step.IsRequest && step.Payload!.Namespace == Transfers.Scripts.Bytestreams) stanza = WithOwnHosts(stanza, next);
        if (step.Payload?.Child(Transfers.Scripts.Bytestreams, "streamhost-used") is not null) await ConnectAsync();
        await SendAsync(stanza);
    }

    private Element WithBytes(Element stanza)
    {
        var data = stanza.FirstChild!;
        var count = int.Parse(data.Attribute("bytes")!);
        var block = _recording.Content.AsSpan((int)_given, count);
        _given += count;
        return new Element(stanza.Namespace, stanza.Name, [.. stanza.Attributes.ToArray().Select(attribute => (ElementPart)attribute),
            new Element(data.Namespace, "data", ("sid", data.Attribute("sid")), ("seq", data.Attribute("seq")), Convert.ToBase64String(block))]);
    }

    // Addresses of the day become ours: dead ones stay dead, and IPv6 too, on which libpurple offers but does not listen.
    private Element WithOwnHosts(Element stanza, Step? answer)
    {
        var reached = answer?.Payload?.FirstChild?.Attribute("jid");
        var port = 1;
        if (reached == Peer.ToString())
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
            _accepted = AcceptOneAsync(listener, SidOf(stanza.FirstChild!)!);
        }

        var text = stanza.ToString();
        foreach (var host in stanza.FirstChild!.Children)
        {
            var byProxy = host.Attribute("jid") == LoopbackProxy.Jid;
            var address = host.Attribute("host")!;
            var rewritten = host.WithAttribute("host", address.Contains(':', StringComparison.Ordinal) ? "::1" : "127.0.0.1")
                .WithAttribute("port", byProxy ? _proxy.Port.ToString() : port.ToString());
            text = text.Replace(XmlText(host), XmlText(rewritten), StringComparison.Ordinal);
        }

        return XmlPattern.Read(text);
    }

    private static string XmlText(Element host) => $"host='{host.Attribute("host")}' port='{host.Attribute("port")}'";

    // libpurple and OneTeam take one connection and stop listening.
    private async Task<NetworkStream> AcceptOneAsync(TcpListener listener, string sid)
    {
        var stream = new NetworkStream(await listener.AcceptSocketAsync(), ownsSocket: true);
        if (PeerMakes == "libpurple") listener.Stop();
        var destination = await RawSocks5.ServeAsync(stream, PeerMakes);
        destination.ShouldBe(RawSocks5.Destination(sid, Peer.ToString(), Ferry.ToString()));
        if (PeerMakes != "libpurple") await stream.WriteAsync(RawSocks5.Echo(destination));
        _open.Add(stream);
        listener.Dispose();
        return stream;
    }

    // As a target: slixmpp connects to all hosts at once and keeps them, the others one after another until one works.
    private async Task ConnectAsync()
    {
        var destination = RawSocks5.Destination(_sid!, Ferry.ToString(), Peer.ToString());
        var hosts = _hosts!.Children.ToList();
        hosts.ShouldNotBeEmpty();
        foreach (var host in PeerMakes == "slixmpp" ? hosts : hosts.Take(1))
        {
            _open.Add(await RawSocks5.ConnectAsync(host.Attribute("host")!, int.Parse(host.Attribute("port")!), destination));
        }
    }

    private async Task ActivateAsync(bool byFerry)
    {
        if (byFerry)
        {
            await _activated.Task.WaitAsync(Harbour.Patience);
            return;
        }

        var destination = RawSocks5.Destination(_recordedSid ?? SidOf(_recording.Steps.First(step => step.IsRequest && step.Payload?.Attribute("sid") is not null).Payload!)!, Peer.ToString(), Ferry.ToString());
        var stream = await RawSocks5.ConnectAsync("127.0.0.1", _proxy.Port, destination);
        _open.Add(stream);
        // libpurple writes and closes before it has the proxy's answer.
        if (PeerMakes == "libpurple") await GiveAsync(stream);
        _proxy.Activate(destination).ShouldBeTrue();
        if (PeerMakes != "libpurple") await GiveAsync(stream);
    }

    private async Task GiveAsync(NetworkStream stream)
    {
        await stream.WriteAsync(_recording.Content);
        stream.Socket.Shutdown(SocketShutdown.Send);
    }

    // slixmpp reads from the first that it listed; an earlier one that ends without a byte has been closed as not wanted.
    private async Task ReadAsync(NetworkStream stream)
    {
        if (Arrived.Length > 0) return;
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer).AsTask().WaitAsync(Harbour.Patience)) > 0) Arrived.Write(buffer, 0, read);
        await stream.DisposeAsync();
    }

    // Ferry's blocks may be of other sizes than the recorded ones: as many as come, each acknowledged, up to its close.
    private async Task<int> TakeBlocksAsync(int at)
    {
        var byMessage = _recording.Steps[at].Stanza.Name == "message";
        while (true)
        {
            var stanza = await NextAsync();
            var payload = stanza.FirstChild!;
            payload.Namespace.ShouldBe(Transfers.Scripts.InBand);
            payload.Attribute("sid").ShouldBe(_sid);
            if (payload.Name == "close")
            {
                var close = Enumerable.Range(at, _recording.Steps.Count - at).First(i => _recording.Steps[i].Has("close"));
                _ids[_recording.Steps[close].Stanza.Attribute("id")!] = stanza.Attribute("id")!;
                return close;
            }

            payload.Name.ShouldBe("data");
            stanza.Name.ShouldBe(byMessage ? "message" : "iq");
            payload.Attribute("seq").ShouldBe((_taken++).ToString());
            Arrived.Write(Convert.FromBase64String(payload.Text));
            if (!byMessage) await SendAsync(XmlPattern.Read($"<iq type='result' id='{stanza.Attribute("id")}'/>"));
        }
    }

    private async Task<Element> NextAsync()
    {
        while (true)
        {
            var stanza = await _fromFerry.Reader.ReadAsync().AsTask().WaitAsync(Harbour.Patience);
            if (stanza.Attribute("type") != "get") return stanza;
            var answer = stanza.FirstChild is { Namespace: Info } question ? FeaturesOf(question) : "";
            await SendAsync(XmlPattern.Read($"<iq type='result' id='{stanza.Attribute("id")}'>{answer}</iq>"));
        }
    }

    private string FeaturesOf(Element question)
    {
        var recorded = _recording.Steps.FirstOrDefault(step => step.By == (_ferrySends ? "receiver" : "sender") && step.Stanza.Attribute("type") == "result" && step.Payload?.Namespace == Info);
        var answer = recorded?.Payload ?? XmlPattern.Read($"<query xmlns='{Info}'><identity category='client' type='bot'/>{string.Concat(Described.Select(feature => $"<feature var='{feature}'/>"))}</query>");
        return answer.WithAttribute("node", question.Attribute("node")).ToString();
    }

    private async Task SendAsync(Element stanza)
    {
        await _writing.WaitAsync();
        try
        {
            await Connection.SendAsync(stanza.Attribute("from") is null ? stanza.WithAttribute("from", Peer.ToString()).WithAttribute("to", Ferry.ToString()) : stanza.WithAttribute("to", Ferry.ToString()));
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var read = await Connection.NextAsync();
                if (read.Kind == StreamReadKind.Closed) await Connection.SendRawAsync("</stream:stream>");
                if (read.Element is not { } stanza) return;
                if (stanza.Attribute("to") == Peer.ToString() && stanza.Name != "presence") _fromFerry.Writer.TryWrite(stanza);
                else if (stanza.Name == "iq" && stanza.Attribute("type") is "get" or "set") await AnswerAsync(stanza);
            }
        }
        catch (Exception over) when (over is ShouldAssertException or IOException or ObjectDisposedException)
        {
            // Nothing comes any more.
        }
        finally
        {
            _fromFerry.Writer.TryComplete();
        }
    }

    // The server, and its one component.
    private async Task AnswerAsync(Element iq)
    {
        var byProxy = _recording.Steps.Any(step => step.By == "proxy");
        var question = iq.FirstChild!;
        var inside = question.Name == "query" ? $"<query xmlns='{question.Namespace}'>{Answer()}</query>" : "";
        if (question.Child(Transfers.Scripts.Bytestreams, "activate") is not null)
        {
            _proxy.Activate(RawSocks5.Destination(_sid!, Ferry.ToString(), Peer.ToString())).ShouldBeTrue();
            _activated.TrySetResult();
            inside = "";
        }

        await SendAsync(XmlPattern.Read($"<iq type='result' id='{iq.Attribute("id")}' from='{iq.Attribute("to") ?? Ferry.Bare.ToString()}'>{inside}</iq>"));

        string Answer() => (question.Namespace, iq.Attribute("to")) switch
        {
            ("http://jabber.org/protocol/disco#items", _) when byProxy => $"<item jid='{LoopbackProxy.Jid}'/>",
            (Info, LoopbackProxy.Jid) => "<identity category='proxy' type='bytestreams'/>",
            (Transfers.Scripts.Bytestreams, LoopbackProxy.Jid) => $"<streamhost jid='{LoopbackProxy.Jid}' host='127.0.0.1' port='{_proxy.Port}'/>",
            _ => "",
        };
    }
}
