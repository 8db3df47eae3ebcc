using System.Collections.Concurrent;
using System.Threading.Channels;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;
using Ferry.Testing.XmppScripts;

namespace Ferry.Tests.Jingle;

/// <summary>
/// Another client's end of a session, without any code of ours: it acknowledges what comes, says what it can do, and leaves the rest to the test. In-band
/// blocks are acknowledged and kept.
/// </summary>
internal sealed class JinglePeer : IAsyncDisposable
{
    private static readonly string[] Described =
    [
        JingleScripts.Ns, JingleScripts.FileNs, JingleScripts.S5b, JingleScripts.Ibb, "urn:xmpp:hashes:2", "urn:xmpp:hash-function-text-names:sha-256",
        "http://jabber.org/protocol/bytestreams", "http://jabber.org/protocol/ibb",
    ];

    private readonly ScriptedClient _client;
    private readonly Channel<Element> _requests = Channel.CreateUnbounded<Element>();
    private readonly Channel<Element> _answers = Channel.CreateUnbounded<Element>();
    private readonly List<Element> _passed = [];
    private readonly ConcurrentDictionary<string, Element> _owed = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;
    private readonly SemaphoreSlim _writing = new(1);

    public JinglePeer(ScriptedClient client)
    {
        _client = client;
        _reading = ReadAsync();
    }

    public Jid Jid => _client.Jid;

    /// <summary>What came in-band.</summary>
    public MemoryStream Blocks { get; } = new();

    /// <summary>Bytes of the largest block.</summary>
    public int LargestBlock { get; private set; }

    /// <summary>More features than it has anyhow, such as those of stream initiation.</summary>
    public IReadOnlyList<string> MoreFeatures { get; init; } = [];

    /// <summary>What it answers to a request instead of a result: by its action.</summary>
    public Dictionary<string, string> Refuses { get; } = [];

    /// <summary>Actions that it acknowledges when it is told to, not before.</summary>
    public HashSet<string> Late { get; } = [];

    /// <summary>The name by which its client is known; null: none.</summary>
    public string? Client { get; init; }

    /// <summary>The same, but for the first such request alone.</summary>
    public Dictionary<string, string> RefusesOnce { get; } = [];

    /// <summary>Every Jingle action that came, in order.</summary>
    public List<string> Heard { get; } = [];

    /// <summary>Whether such an action came.</summary>
    public bool HasHeard(string action)
    {
        lock (Heard) return Heard.Contains(action);
    }

    public async Task SendAsync(string xml)
    {
        await _writing.WaitAsync();
        try
        {
            await _client.SendAsync(xml);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>The next request that is not a query: its <c>jingle</c>, <c>open</c>, <c>close</c> or other payload.</summary>
    public async Task<Element> NextAsync() => await _requests.Reader.ReadAsync().AsTask().WaitAsync(Harbour.Patience);

    /// <summary>The next Jingle request of that action; what comes before it may be asked for later.</summary>
    public async Task<Element> NextAsync(string action)
    {
        while (true)
        {
            if (_passed.Find(payload => payload.Attribute("action") == action || payload.Name == action) is { } found)
            {
                _passed.Remove(found);
                return found;
            }

            _passed.Add(await NextAsync());
        }
    }

    /// <summary>The answer to the request of that id.</summary>
    public async Task<Element> AnswerAsync(string id)
    {
        while (true)
        {
            var answer = await _answers.Reader.ReadAsync().AsTask().WaitAsync(Harbour.Patience);
            if (answer.Attribute("id") == id) return answer;
        }
    }

    /// <summary>Every question that came, as it came.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Asks what it can do, and waits for the answer: what was sent before has been heard then.</summary>
    public async Task AskAsync(Jid peer, string id)
    {
        await SendAsync($"<iq type='get' id='{id}' to='{peer}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
        await AnswerAsync(id);
    }

    /// <summary>Acknowledges what is <see cref="Late"/>.</summary>
    public async Task AcknowledgeAsync(string action)
    {
        if (_owed.TryRemove(action, out var owed)) await SendAsync($"<iq type='result' id='{owed.Attribute("id")}' to='{owed.Attribute("from")}'/>");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _client.DisposeAsync();
        await _reading;
    }

    private async Task ReadAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                var read = await _client.NextAsync();
                if (read.Element is not { } stanza) return;
                if (stanza.Name == "iq") await TakeAsync(stanza);
            }
        }
        catch (Exception over) when (over is IOException or ObjectDisposedException or OperationCanceledException or TimeoutException)
        {
            // The test is over.
        }
    }

    private void Take(byte[] block)
    {
        Blocks.Write(block);
        LargestBlock = Math.Max(LargestBlock, block.Length);
    }

    private async Task TakeAsync(Element iq)
    {
        var (id, from) = (iq.Attribute("id"), iq.Attribute("from"));
        var payload = iq.FirstChild;
        switch (iq.Attribute("type"))
        {
            case "get":
                Asked.Enqueue(iq.ToString());
                var node = payload!.Attribute("node") is { } asked ? $" node='{asked}'" : "";
                var features = string.Concat(Described.Concat(MoreFeatures).Select(feature => $"<feature var='{feature}'/>"));
                await SendAsync($"<iq type='result' id='{id}' to='{from}'><query xmlns='http://jabber.org/protocol/disco#info'{node}><identity category='client' type='pc'{(Client is null ? "" : $" name='{Client}'")}/>{features}</query></iq>");
                break;
            case "set":
                if (payload!.Attribute("action") is { } action) lock (Heard) Heard.Add(action);
                if (payload.Name == "data") Take(Convert.FromBase64String(payload.Text));
                var name = payload.Attribute("action") ?? payload.Name;
                if (!RefusesOnce.Remove(name, out var refusal)) refusal = Refuses.GetValueOrDefault(name);
                if (payload.Attribute("action") is { } late && Late.Contains(late)) _owed[late] = iq;
                else if (refusal != "silence") await SendAsync(refusal is null ? $"<iq type='result' id='{id}' to='{from}'/>" : $"<iq type='error' id='{id}' to='{from}'>{refusal}</iq>");
                if (payload.Name != "data") _requests.Writer.TryWrite(payload);
                break;
            default:
                _answers.Writer.TryWrite(iq);
                break;
        }
    }
}
