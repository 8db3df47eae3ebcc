using System.Collections.Immutable;
using Ferry.Methods;
using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Files;
using Ferry.Protocol.Jingle.Transports;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Input = Ferry.Protocol.Jingle.JingleSessionInput;
using Output = Ferry.Protocol.Jingle.JingleSessionOutput;

namespace Ferry.Offers.Jingle;

/// <summary>
/// The loop that owns one <see cref="JingleSession"/> with the machines of its contents. The session's reader, the owners of contents, transports and the
/// clock post work to it; it does one piece after the other, with all that follows. It ends when the session has and every owner has done with its content;
/// what transports kept open is closed then, not before.
/// </summary>
internal sealed partial class JingleSessionLoop
{
    /// <summary>How long owners are waited for when the client ends.</summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(3);

    /// <summary>For the stream of a sender that has ended the session in order before we had it.</summary>
    private static readonly TimeSpan EarlyEndTime = TimeSpan.FromSeconds(5);

    private readonly JingleSession _machine;
    private readonly Action<JingleSessionLoop> _over;
    private readonly TimeProvider _time;
    private readonly SessionBinding _binding;
    private readonly JingleWork _work;
    private readonly Dictionary<ContentKey, JinglePart> _parts = [];
    private readonly List<Task> _tasks = [];
    private readonly List<Action> _forgets = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Peer _peer;
    private bool _answered;
    private Output.Ended? _ended;
    private DateTimeOffset? _stopBy;

    public JingleSessionLoop(OfferContext context, JingleRole role, Peer peer, string sid, Action<JingleSessionLoop> over)
    {
        (Context, Role, _peer, Sid, _over) = (context, role, peer, sid, over);
        _time = context.Options.TimeProvider;
        _work = new JingleWork(_time);
        _binding = context.Session.Binding;
        _machine = new JingleSession(role, context.Session.Jid, sid)
        {
            AckTimeout = context.Options.AtMost(TimeSpan.FromSeconds(30)),
            AnswerTimeout = context.Options.AnswerTimeout,
            AwayTimeout = context.Options.AtMost(TimeSpan.FromSeconds(10)),
        };
    }

    public OfferContext Context { get; }

    public JingleRole Role { get; }

    /// <summary>Cancelled when the loop has ended.</summary>
    public CancellationToken Over => _stop.Token;

    /// <summary>The other side, as far as it is known by now.</summary>
    public Peer Peer => _peer;

    public string Sid { get; }

    /// <summary>Called on the loop with the contents that the peer offers.</summary>
    public Func<ImmutableArray<JingleContent>, ValueTask> ContentsOffered { get; init; } = _ => default;

    /// <summary>Called on the loop when a content needs no room among the undecided ones any more.</summary>
    public Action<JinglePart> Released { get; init; } = _ => { };

    /// <summary>What the peer is told when nothing of its offer was acceptable.</summary>
    public JingleReason Refusal { get; set; } = new(JingleReasonCondition.Decline);

    /// <summary>One more piece of work; false when the loop has ended.</summary>
    public bool Post(Func<ValueTask> work) => _work.TryPost(work);

    /// <summary>A request of the peer's, on the session's reader. False: too many wait.</summary>
    public bool TryTake(Iq iq, JingleStanza stanza) => _work.TryPostOfPeer(() => HandleAsync(new Input.Arrived(iq.Id, stanza)));

    /// <summary>A content of this session; before the loop runs, or on it.</summary>
    public JinglePart AddPart(ContentKey key, bool sending, FileDescription file)
    {
        var weAre = Role == JingleRole.Initiator ? JingleSenders.Initiator : JingleSenders.Responder;
        var theyAre = Role == JingleRole.Initiator ? JingleSenders.Responder : JingleSenders.Initiator;
        var part = new JinglePart(this, key, sending, file, sending ? weAre : theyAre);
        _parts.Add(key, part);
        return part;
    }

    /// <summary>Begins as the initiator with one content and this transport.</summary>
    public void Initiate(JinglePart part, JingleTerms terms, IJingleTransport transport) => Post(async () =>
    {
        part.Terms = terms;
        var attempt = Begin(part, transport);
        Use(part, transport.Namespace, attempt);
        var described = await attempt.DescribeAsync(proposing: true, _stop.Token).ConfigureAwait(false);
        await HandleAsync(new Input.Initiate([new JingleContent(part.Key, part.Senders, part.File.ToElement(), described)])).ConfigureAwait(false);
    });

    /// <summary>Runs until everything has ended. Cancelling ends the session.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var presence = Context.Presence.Watch(_peer.Jid, heard =>
        {
            if (heard.From == _peer.Jid) Post(() => HandleAsync(heard.IsAvailable ? new Input.PeerBack() : new Input.PeerGone()));
        });
        using var cancelled = cancellationToken.Register(() => Post(StopAllAsync));
        var lost = WatchBindingAsync();
        try
        {
            while ((_ended is null || _parts.Values.Any(part => !part.Finished)) && !(_time.GetUtcNow() >= _stopBy)) await DoNextAsync().ConfigureAwait(false);
        }
        catch (Exception broken)
        {
            EndAll(new MethodFailure(FailureReason.Internal, Side.Here, broken.Message));
        }
        finally
        {
            _over(this);
            _work.Complete();
            await _stop.CancelAsync().ConfigureAwait(false);
            foreach (var part in _parts.Values) await part.StopAttempt.CancelAsync().ConfigureAwait(false);
            await lost.ConfigureAwait(false);
            await Task.WhenAll(_tasks).ConfigureAwait(false);
            EndAll(new MethodFailure(FailureReason.Cancelled, Side.Here, "the session ended"));
            foreach (var part in _parts.Values) await CloseAsync(part).ConfigureAwait(false);
            foreach (var forget in _forgets) forget();
        }
    }

    /// <summary>Everything is out: the peer is told the hash; on the loop.</summary>
    internal async ValueTask TellChecksumAsync(JinglePart part, FileHash hash)
    {
        if (!_machine.IsOver)
        {
            await HandleAsync(new Input.Tell(new FileNotice.Checksum(FileNotice.About.Of(part.Key), [hash]) { AsDigits = _peer.Traits.ReadsHashesOfDigits }.ToElement())).ConfigureAwait(false);
        }

        part.Answer(part.SentFile.Handle(new SentFileInput.Sent(), _time.GetUtcNow()));
    }

    /// <summary>Something about a file that is arriving; on the loop.</summary>
    internal ValueTask HandleReceivedAsync(JinglePart part, ReceivedFileInput input)
    {
        part.Answer(part.ReceivedFile.Handle(input, _time.GetUtcNow()));
        return default;
    }

    private async Task DoNextAsync()
    {
        if (await _work.NextAsync(NextDeadline()).ConfigureAwait(false) is { } work) await work().ConfigureAwait(false);
        else await TickAsync().ConfigureAwait(false);
    }

    private DateTimeOffset? NextDeadline() =>
        _parts.Values.SelectMany(part => new[] { part.Fallback?.NextDeadline, part.SentFile.NextDeadline, part.ReceivedFile.NextDeadline, part.EarlyEnd?.Until }).Append(_machine.NextDeadline).Append(_stopBy).Min();

    private async ValueTask TickAsync()
    {
        var now = _time.GetUtcNow();
        if (now >= _machine.NextDeadline) await HandleAsync(new Input.Tick()).ConfigureAwait(false);
        foreach (var part in _parts.Values.ToList())
        {
            if (now >= part.Fallback?.NextDeadline) await FallAsync(part, new FallbackInput.Tick()).ConfigureAwait(false);
            if (now >= part.SentFile.NextDeadline) part.Answer(part.SentFile.Handle(new SentFileInput.Tick(), now));
            if (now >= part.EarlyEnd?.Until) Close(part, part.EarlyEnd.Value.Failure);
            if (now >= part.ReceivedFile.NextDeadline) part.Answer(part.ReceivedFile.Handle(new ReceivedFileInput.Tick(), now));
        }
    }

    private async ValueTask StopAllAsync()
    {
        foreach (var part in _parts.Values.Where(part => !part.Opened.IsCompleted).ToList())
        {
            await GiveUpAsync(part, new MethodFailure(FailureReason.Cancelled, Side.Here, "cancelled"), new JingleReason(JingleReasonCondition.Cancel)).ConfigureAwait(false);
        }

        // Those under way are ended by their owners, who were told, too; one that hangs in a stream of the caller's is not waited for.
        _stopBy = _time.GetUtcNow() + StopTime;
        if (_ended is null && _parts.Values.All(part => part.Finished)) await HandleAsync(new Input.Terminate(new JingleReason(JingleReasonCondition.Gone))).ConfigureAwait(false);
        foreach (var part in _parts.Values.Where(part => !part.IsDecided)) part.Finished = true;
    }

    private async Task WatchBindingAsync()
    {
        try
        {
            await _binding.Lost.WaitAsync(_stop.Token).ConfigureAwait(false);
            Post(() => HandleAsync(new Input.StreamLost()));
        }
        catch (OperationCanceledException)
        {
            // The session ended before.
        }
    }

    private async ValueTask HandleAsync(Input input)
    {
        if (_machine.IsOver && input is not Input.Arrived) return;
        foreach (var output in _machine.Handle(input, _time.GetUtcNow())) await CarryOutAsync(output).ConfigureAwait(false);
    }

    private async ValueTask CarryOutAsync(Output output)
    {
        switch (output)
        {
            case Output.Send(var token, var stanza):
                await SendAsync(token, stanza).ConfigureAwait(false);
                break;
            case Output.Acknowledge(var id):
                await ReplyAsync(id, null).ConfigureAwait(false);
                break;
            case Output.Refuse(var id, var error):
                await ReplyAsync(id, error).ConfigureAwait(false);
                break;
            case Output.Offered(var contents):
                await ContentsOffered(contents).ConfigureAwait(false);
                await AnswerOfferAsync().ConfigureAwait(false);
                break;
            case Output.Accepted(var contents):
                _answered = true;
                foreach (var content in contents) await AgreeAsync(content).ConfigureAwait(false);
                break;
            case Output.ContentAdded(var content):
                await HandleAsync(new Input.RejectContent(content.Key, new JingleReason(JingleReasonCondition.Decline))).ConfigureAwait(false);
                break;
            case Output.ContentRemoved(var key, var reason):
                if (_parts.TryGetValue(key, out var removed)) EndByPeer(removed, reason);
                break;
            case Output.InfoArrived(var id, var info):
                await HearAsync(id, info).ConfigureAwait(false);
                break;
            case Output.TransportInfo(var key, var transport):
                Hear(key, transport);
                break;
            case Output.TransportReplace(var id, var key, var transport):
                await BeProposedAsync(id, _parts.GetValueOrDefault(key), transport).ConfigureAwait(false);
                break;
            case Output.TransportAccepted(var key, var transport):
                await ProposalTakenAsync(_parts.GetValueOrDefault(key), transport).ConfigureAwait(false);
                break;
            case Output.TransportRejected(var key):
                await FallAsync(_parts.GetValueOrDefault(key), new FallbackInput.Rejected()).ConfigureAwait(false);
                break;
            case Output.ReplaceRefused(var key, var error):
                await FallAsync(_parts.GetValueOrDefault(key), new FallbackInput.Refused(error)).ConfigureAwait(false);
                break;
            case Output.Ended ended:
                _ended = ended;
                foreach (var part in _parts.Values) EndByPeer(part, ended);
                break;
        }
    }

    private async ValueTask SendAsync(int token, JingleStanza stanza)
    {
        var forget = await Context.Session.PostRequestAsync(
            _peer.Jid,
            IqType.Set,
            stanza.ToElement(),
            bulk: false,
            reply => Post(() => reply.Missing is null ? HandleAsync(new Input.Answered(token, reply.Error)) : default),
            CancellationToken.None).ConfigureAwait(false);
        _forgets.Add(forget);
    }

    private async ValueTask ReplyAsync(string id, StanzaError? error)
    {
        var request = new Iq(IqType.Set, id, _peer.Jid, null, null);
        await Context.Session.SendAsync((error is null ? request.Result() : request.Refuse(error)).ToElement(), CancellationToken.None).ConfigureAwait(false);
    }

    private async ValueTask HearAsync(string id, Element info)
    {
        if (!FileNotice.TryParse(info, out var notice))
        {
            await ReplyAsync(id, JingleErrors.UnsupportedInfo).ConfigureAwait(false);
            return;
        }

        await ReplyAsync(id, null).ConfigureAwait(false);
        // Gajim leaves out which content it means: it has one.
        var parts = _parts.Values.Where(part => notice.Content?.Fits(part.Key) ?? _parts.Count == 1);
        foreach (var part in parts.ToList())
        {
            if (notice is FileNotice.Checksum(_, var hashes, _) && !part.IsSending) part.Answer(part.ReceivedFile.Handle(new ReceivedFileInput.Checksum(hashes), _time.GetUtcNow()));
            else if (notice is FileNotice.Received && part.IsSending) part.Answer(part.SentFile.Handle(new SentFileInput.Received(), _time.GetUtcNow()));
        }
    }

}
