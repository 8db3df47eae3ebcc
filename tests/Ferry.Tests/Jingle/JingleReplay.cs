using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Ferry.Protocol.Xml;
using Ferry.Testing;

namespace Ferry.Tests.Jingle;

/// <summary>
/// One end of a Jingle exchange, played to Ferry in the place of the other: it says what stands there, in that order, with its own addresses and Ferry's ids
/// put in; what Ferry says must be of the kinds that stand there. Bytes cross really, over the connection that the notices agree on.
/// </summary>
internal sealed partial class JingleReplay : IAsyncDisposable
{
    private readonly JingleExchange _exchange;
    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _cids = new(StringComparer.Ordinal); // those of each side are names of their own
    private readonly List<string> _awaited = [];
    private readonly JinglePeer _peer;
    private readonly FerryClient _ferry;
    private readonly bool _ferrySends;
    private readonly string _ferrysRole;
    private readonly JingleReplayStreams _streams;
    private readonly bool _ferryInitiates;

    public JingleReplay(string name, JinglePeer peer, FerryClient ferry, bool ferrySends)
    {
        (_peer, _ferry, _ferrySends, _ferrysRole) = (peer, ferry, ferrySends, ferrySends ? "sender" : "receiver");
        _exchange = JingleExchange.Load(name);
        _ferryInitiates = _exchange.Steps.First(step => step.Action == "session-initiate").By == _ferrysRole;
        _streams = new JingleReplayStreams(name, _ferryInitiates, ferry.Jid, peer.Jid);
        if (LateAcknowledgement() is { } late) peer.Late.Add(late);
    }

    public byte[] Content => _exchange.Content;

    /// <summary>Where the receiver wants the file to begin.</summary>
    public int Offset => _exchange.Steps.First(step => step.Action == "session-accept").Payload!.FirstChild!.FirstChild!.FirstChild!.Children
        .FirstOrDefault(child => child.Name == "range")?.Attribute("offset") is { } offset ? int.Parse(offset) : 0;

    /// <summary>What the other end got.</summary>
    public byte[] Arrived { get; private set; } = [];

    /// <summary>Plays to the end.</summary>
    public async Task PlayAsync()
    {
        var steps = _exchange.Steps;
        for (var i = 0; i < steps.Count; i++)
        {
            var step = steps[i];
            if (step is { By: not "proxy", Stanza: { Name: "iq" } iq } && iq.Attribute("type") == "result" && step.By != _ferrysRole) await AcknowledgeLateAsync(iq.Attribute("id")!);
            if (step.Stanza.Name != "iq" || step.Stanza.Attribute("type") != "set" || step.By == "proxy" || step.Payload!.Namespace.EndsWith("bytestreams", StringComparison.Ordinal)) continue;
            if (step.By == _ferrysRole) await HearAsync(step);
            else await SayAsync(step);
            // Every block at once; the others of the record are these.
            if (step.Payload!.Name == "data") i = steps.FindLastIndex(other => other.Payload?.Name == "data");
        }

        await HearAwaitedAsync();
    }

    /// <summary>Reads all that Ferry sends; for exchanges that end before the receiver has said so.</summary>
    public async Task TakeAllAsync()
    {
        if (!_ferrySends || Arrived.Length > 0) return;
        if (_exchange.Steps.Any(step => step.Transport?.Namespace == JingleScripts.Ibb))
        {
            await Eventually.HoldsAsync(() => _peer.Blocks.Length >= Content.Length, "all blocks");
            Arrived = _peer.Blocks.ToArray();
            return;
        }

        Arrived = await _streams.ReadAsync(Content.Length - Offset);
    }

    public ValueTask DisposeAsync() => _streams.DisposeAsync();

    // Dino answers an offer before it acknowledges it.
    private string? LateAcknowledgement()
    {
        if (!_ferryInitiates) return null;
        var at = _exchange.Steps.FindIndex(step => step.Action == "session-initiate");
        var id = _exchange.Steps[at].Stanza.Attribute("id");
        var next = _exchange.Steps.Skip(at + 1).First(step => step.By != _ferrysRole && step.By != "proxy");
        var acknowledges = next.Stanza.Attribute("type") == "result" && next.Stanza.Attribute("id") == id;
        var saysWhen = _exchange.Steps.Any(step => step.By == next.By && step.Stanza.Attribute("type") == "result" && step.Stanza.Attribute("id") == id);
        return saysWhen && !acknowledges ? "session-initiate" : null;
    }

    private async Task AcknowledgeLateAsync(string id)
    {
        if (_exchange.Steps.Find(step => step.By == _ferrysRole && step.Stanza.Attribute("id") == id && step.Stanza.Attribute("type") == "set")?.Action is { } action) await _peer.AcknowledgeAsync(action);
    }

    private async Task HearAwaitedAsync()
    {
        foreach (var action in _awaited) await Eventually.HoldsAsync(() => _peer.HasHeard(action), action);
        _awaited.Clear();
    }

    private async Task HearAsync(JingleExchange.Step step)
    {
        var recorded = step.Payload!;
        if (recorded.Name == "data") return; // counted by the peer
        if (step.Action == "session-info")
        {
            // Ferry tells the hash before it closes, others behind that or at the beginning.
            _awaited.Add("session-info");
            return;
        }

        if (IsSuccess(step)) await TakeAllAsync();
        var heard = await _peer.NextAsync(step.Action ?? recorded.Name);
        Note(recorded.Attribute("sid"), heard.Attribute("sid"));
        if (step.Action == "session-terminate") (heard.FirstChild?.FirstChild?.Name == "success").ShouldBe(IsSuccess(step), heard.ToString());
        if (recorded.FirstChild is not { Name: "content" } was || heard.FirstChild is not { Name: "content" } now) return;
        Note(was.Attribute("name"), now.Attribute("name"));
        if (step.Transport is not { } wasTransport || now.Children.LastOrDefault(child => child.Name == "transport") is not { } transport) return;
        transport.Namespace.ShouldBe(wasTransport.Namespace, step.Action);
        if (step.Action != "transport-reject") Note(wasTransport.Attribute("sid"), transport.Attribute("sid"));
        if (transport.Namespace == JingleScripts.S5b) _streams.HearOf(transport);
        if (step.Notice is { } notice) CheckNotice(notice, transport.FirstChild!);
    }

    // Ferry gives up a race that the other end has won already.
    private void CheckNotice(Element recorded, Element heard)
    {
        if (recorded.Name == "candidate-used" && _streams.IsConnected) return;
        heard.Name.ShouldBe(recorded.Name);
    }

    private async Task SayAsync(JingleExchange.Step step)
    {
        var payload = step.Payload!;
        if (payload.Name == "data")
        {
            for (var (at, seq) = (0, 0); at < Content.Length; at += 4096, seq++)
            {
                await _peer.SendAsync(Transfers.Scripts.Data(_ferry.Jid, Now(payload.Attribute("sid")!), seq, Convert.ToBase64String(Content.AsSpan(at, Math.Min(4096, Content.Length - at)))));
            }

            return;
        }

        // It says these when it has everything.
        if (IsSuccess(step) || payload.FirstChild?.Name == "received")
        {
            await TakeAllAsync();
            // A session that has ended says no more: what stands before this comes first.
            await HearAwaitedAsync();
        }

        if (step.Notice is { Name: "candidate-used" } used) await UseAsync(used.Attribute("cid")!);
        if (step.Notice is { Name: "activated" }) await _streams.JoinAsync(_ferrySends ? [] : Content);
        await _peer.SendAsync(Rewrite(step));
        if (payload.Name == "open") await _peer.AnswerAsync(step.Stanza.Attribute("id")!); // nobody sends before that
        if (!_ferrySends && step.Notice?.Name is "candidate-used" or "candidate-error") _streams.GiveWhenAgreed(Content);
    }

    private async Task UseAsync(string cid)
    {
        var byProxy = _exchange.Steps.Where(step => step.By == _ferrysRole).SelectMany(step => step.Transport?.Children ?? []).Any(candidate => candidate.Attribute("cid") == cid && candidate.Attribute("type") == "proxy");
        var failsLater = _exchange.Steps.Any(step => step.By == _ferrysRole && step.Notice?.Name == "proxy-error");
        var now = await _streams.UseAsync(byProxy, connect: !failsLater);
        _cids[cid] = now;
    }

    private string Rewrite(JingleExchange.Step step)
    {
        if (step is { Action: not "transport-reject", Transport: { Namespace: JingleScripts.S5b } transport }) _streams.Stream = Now(transport.Attribute("sid")!);
        var to = step.Stanza.WithAttribute("to", _ferry.Jid.ToString()).WithAttribute("from", null).ToString();
        var text = Candidate().Replace(to, match => WithOwnAddress(match.Value));
        foreach (var (was, now) in _ids) text = text.Replace($"'{was}'", $"'{now}'", StringComparison.Ordinal);
        if (step.Notice?.Name == "candidate-used") foreach (var (was, now) in _cids) text = text.Replace($"cid='{was}'", $"cid='{now}'", StringComparison.Ordinal);
        text = WithHashes(text);
        var (sender, receiver) = _ferrySends ? (_ferry.Jid, _peer.Jid) : (_peer.Jid, _ferry.Jid);
        // Only where an address stands alone: one of the two begins with the other.
        text = text.Replace($"'{_exchange.AddressOf("sender")}'", $"'{sender}'", StringComparison.Ordinal).Replace($"'{_exchange.AddressOf("receiver")}'", $"'{receiver}'", StringComparison.Ordinal);
        return Destination().Replace(text, $"dstaddr='{_streams.OwnDestination}'");
    }

    private string WithHashes(string text)
    {
        var digits = Convert.ToBase64String(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(Content))));
        return text.Replace("ZDU0Y2ExZmIwM2I0ODI2MGY3NTJkNDEwMjVhMTQzYTU0OWU1MTcxNzY2ZGRmMWU3M2E0MjhiYTliMzMwZGIxZg==", digits, StringComparison.Ordinal)
            .Replace("{sha-256}", Convert.ToBase64String(SHA256.HashData(Content)), StringComparison.Ordinal)
            .Replace("{sha-1}", Convert.ToBase64String(SHA1.HashData(Content)), StringComparison.Ordinal);
    }

    // The one that was reached is there, the others are as dead as they were.
    private string WithOwnAddress(string candidate)
    {
        var cid = CidOf().Match(candidate).Groups[1].Value;
        var reached = _exchange.Steps.Any(step => step.By == _ferrysRole && step.Notice is { Name: "candidate-used" } used && used.Attribute("cid") == cid);
        var byProxy = candidate.Contains("type='proxy'", StringComparison.Ordinal);
        if (byProxy && !reached) return "";
        var host = HostOf().Replace(candidate, "host='127.0.0.1'");
        return PortOf().Replace(host, $"port='{(!reached ? 1 : byProxy ? _streams.ProxyPort : _streams.Listen())}'");
    }

    private static bool IsSuccess(JingleExchange.Step step) => step.Action == "session-terminate" && step.Payload!.FirstChild?.FirstChild?.Name == "success";

    private string Now(string recorded) => _ids.GetValueOrDefault(recorded, recorded);

    private void Note(string? was, string? now)
    {
        if (was is not null && now is not null && was != now) _ids.TryAdd(was, now);
    }

    [GeneratedRegex("<candidate [^>]*/>")]
    private static partial Regex Candidate();

    [GeneratedRegex("dstaddr='[^']*'")]
    private static partial Regex Destination();

    [GeneratedRegex("cid='([^']*)'")]
    private static partial Regex CidOf();

    [GeneratedRegex("host='[^']*'")]
    private static partial Regex HostOf();

    [GeneratedRegex("port='[^']*'")]
    private static partial Regex PortOf();
}
