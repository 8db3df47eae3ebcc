using System.Collections.Immutable;
using System.Threading.Channels;
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
internal sealed class JingleSessionLoop
{
    /// <summary>Requests of the peer's that wait for the loop; more are refused.</summary>
    public const int MostWaiting = 64;

    /// <summary>How long owners are waited for when the client ends.</summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(3);

    /// <summary>For the stream of a sender that has ended the session in order before we had it.</summary>
    private static readonly TimeSpan EarlyEndTime = TimeSpan.FromSeconds(5);

    private readonly JingleSession _machine;
    private readonly Action<JingleSessionLoop> _over;
    private readonly TimeProvider _time;
    private readonly SessionBinding _binding;
    private readonly Channel<Func<ValueTask>> _work = Channel.CreateUnbounded<Func<ValueTask>>(new UnboundedChannelOptions { SingleReader = true }); // the peer's part of it is bounded by MostWaiting
    private readonly Dictionary<ContentKey, JinglePart> _parts = [];
    private readonly List<Task> _tasks = [];
    private readonly List<Action> _forgets = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Peer _peer;
    private int _waiting;
    private bool _answered;
    private Output.Ended? _ended;
    private DateTimeOffset? _stopBy;

    public JingleSessionLoop(OfferContext context, JingleRole role, Peer peer, string sid, Action<JingleSessionLoop> over)
    {
        (Context, Role, _peer, Sid, _over) = (context, role, peer, sid, over);
        _time = context.Options.TimeProvider;
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
    public bool Post(Func<ValueTask> work) => _work.Writer.TryWrite(work);

    /// <summary>A request of the peer's, on the session's reader. False: too many wait.</summary>
    public bool TryTake(Iq iq, JingleStanza stanza)
    {
        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return false;
        }

        return _work.Writer.TryWrite(() =>
        {
            Interlocked.Decrement(ref _waiting);
            return HandleAsync(new Input.Arrived(iq.Id, stanza));
        });
    }

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
            _work.Writer.TryComplete();
            await _stop.CancelAsync().ConfigureAwait(false);
            foreach (var part in _parts.Values) await part.StopAttempt.CancelAsync().ConfigureAwait(false);
            await lost.ConfigureAwait(false);
            await Task.WhenAll(_tasks).ConfigureAwait(false);
            EndAll(new MethodFailure(FailureReason.Cancelled, Side.Here, "the session ended"));
            foreach (var part in _parts.Values) await CloseAsync(part).ConfigureAwait(false);
            foreach (var forget in _forgets) forget();
        }
    }

    /// <summary>The owner's yes or no; on the loop.</summary>
    internal async ValueTask DecideAsync(JinglePart part, JingleTerms? terms, JingleReason? declined)
    {
        if (part.IsDecided) return;
        (part.Terms, part.Declined) = (terms, declined);
        if (terms?.Range is { } range) part.Range = range;
        Release(part);
        if (declined is not null) Close(part, new MethodFailure(FailureReason.Refused, Side.Here, "declined here"));
        await AnswerOfferAsync().ConfigureAwait(false);
    }

    /// <summary>Ends a content before it has a stream, for a reason of ours; on the loop.</summary>
    internal async ValueTask GiveUpAsync(JinglePart part, MethodFailure failure, JingleReason reason)
    {
        if (!part.FailOpening(failure)) return;
        Close(part, failure);
        if (_machine.IsOver || !_answered) await DeclineAsync(part, reason).ConfigureAwait(false);
        else await HandleAsync(new Input.Remove(part.Key, reason)).ConfigureAwait(false);
    }

    /// <summary>The owner has done; on the loop.</summary>
    internal async ValueTask FinishAsync(JinglePart part, Outcome outcome)
    {
        if (part.Finished) return;
        part.Succeeded = outcome.Succeeded;
        part.Finished = true;
        if (_machine.IsOver) return;
        if (_machine.IsActive) await HandleAsync(new Input.Streaming(part.Key, false)).ConfigureAwait(false);
        if (outcome.Failure is { } failure)
        {
            var reason = failure is { Reason: FailureReason.CancelledByPeer, Side: Side.Peer } ? new JingleReason(JingleReasonCondition.FailedTransport) : FileReasons.Of(failure.Reason);
            await HandleAsync(new Input.Remove(part.Key, reason)).ConfigureAwait(false);
        }
        else if (!part.IsSending)
        {
            await HandleAsync(new Input.Tell(new FileNotice.Received(FileNotice.About.Of(part.Key)).ToElement())).ConfigureAwait(false);
        }

        if (!_machine.IsOver && _parts.Values.All(other => other.Finished)) await HandleAsync(new Input.Terminate(new JingleReason(JingleReasonCondition.Success))).ConfigureAwait(false);
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
        if (_work.Reader.TryRead(out var ready))
        {
            await ready().ConfigureAwait(false);
            return;
        }

        var deadline = NextDeadline();
        var wait = deadline is { } due ? due - _time.GetUtcNow() : Timeout.InfiniteTimeSpan;
        if (deadline is not null && wait <= TimeSpan.Zero)
        {
            await TickAsync().ConfigureAwait(false);
            return;
        }

        using var limit = new CancellationTokenSource(wait, _time);
        try
        {
            if (await _work.Reader.WaitToReadAsync(limit.Token).ConfigureAwait(false) && _work.Reader.TryRead(out var work)) await work().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            // The deadline: the next round sees it.
        }
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

    // The session is accepted when everything in it is decided: there is one answer for all.
    private async ValueTask AnswerOfferAsync()
    {
        if (Role != JingleRole.Responder || _answered || _machine.IsOver || _parts.Values.Any(part => !part.IsDecided)) return;
        _answered = true;
        var accepted = _parts.Values.Where(part => part is { Terms: not null, Gone: false }).ToList();
        var contents = ImmutableArray.CreateBuilder<JingleContent>();
        foreach (var part in accepted)
        {
            var transport = await part.Attempt!.DescribeAsync(proposing: false, _stop.Token).ConfigureAwait(false);
            contents.Add(new JingleContent(part.Key, part.Senders, DescriptionOf(part).ToElement(), transport));
        }

        if (contents.Count == 0)
        {
            var reason = _parts.Values.Select(part => part.Declined).FirstOrDefault(reason => reason is not null) ?? Refusal;
            await HandleAsync(new Input.Terminate(reason)).ConfigureAwait(false);
            return;
        }

        await HandleAsync(new Input.Accept(contents.ToImmutable())).ConfigureAwait(false);
        foreach (var part in accepted) await StartAsync(part).ConfigureAwait(false);
    }

    // Libervia reads the whole file's description in the answer, too.
    private static FileDescription DescriptionOf(JinglePart part) => part.File with { Range = part.Terms!.Range ?? part.File.Range };

    private async ValueTask AgreeAsync(JingleContent content)
    {
        if (!_parts.TryGetValue(content.Key, out var part) || part.Gone || part.Attempt is not { } attempt) return;
        var answered = content.Description is { } description && FileDescription.TryParse(description, out var said, out _) ? said : null;
        if (!part.IsSending)
        {
            part.Promise(answered ?? new FileDescription());
            if (part.Terms!.Judge(part.File) is { } objection)
            {
                await GiveUpAsync(part, objection, FileReasons.Of(objection.Reason)).ConfigureAwait(false);
                return;
            }
        }
        else if (answered?.Range is { IsWhole: false } range)
        {
            part.Range = range;
        }

        if (part.Range is { } wanted && (part.File.Range is null || !wanted.FitsIn(part.File.Size)))
        {
            await GiveUpAsync(part, new MethodFailure(FailureReason.Protocol, Side.Peer, "the peer asks for a part that the file does not have"), new JingleReason(JingleReasonCondition.IncompatibleParameters)).ConfigureAwait(false);
            return;
        }

        if (content.Transport is not { } theirs || !attempt.Take(theirs))
        {
            await GiveUpAsync(part, new MethodFailure(FailureReason.Protocol, Side.Peer, "the peer's transport cannot be read"), new JingleReason(JingleReasonCondition.FailedTransport)).ConfigureAwait(false);
            return;
        }

        await StartAsync(part).ConfigureAwait(false);
    }

    private async ValueTask StartAsync(JinglePart part)
    {
        if (part.Agreed || part.Gone) return;
        part.Agreed = true;
        part.Terms!.Agreed();
        part.Fallback = FallbackFor(part);
        await FallAsync(part, new FallbackInput.Begin(part.AttemptNamespace!)).ConfigureAwait(false);
        Run(part);
    }

    /// <summary>Prepares a content that the peer offers with its transport; false where that is none of ours.</summary>
    internal bool TryOffer(JinglePart part, Element transport)
    {
        if (Context.Transports.Find(transport.Namespace) is not { } known) return false;
        var attempt = Begin(part, known);
        if (!attempt.Take(transport)) return false;
        Use(part, known.Namespace, attempt);
        foreach (var early in part.Early) attempt.Hear(early);
        part.Early.Clear();
        return true;
    }

    /// <summary>On the loop, before the session is answered: a content that nobody will be asked about.</summary>
    internal void Drop(JinglePart part, JingleReason reason)
    {
        part.Declined = reason;
        Close(part, new MethodFailure(FailureReason.NoMethod, Side.Here, $"refused here: {reason}"));
    }

    private TransportFallback FallbackFor(JinglePart part) => new(
        Role, [.. Context.Transports.For(part.Terms!.Allowed).Where(transport => _peer.MayHave(transport.Namespace) && transport.Objection(_peer, part.File.Size) is null).Select(transport => transport.Namespace)])
    {
        ReplaceTimeout = Context.Options.AtMost(TimeSpan.FromSeconds(20)),
    };

    private JingleTransportAttempt Begin(JinglePart part, IJingleTransport transport)
    {
        var attempt = transport.Begin(new JingleTransportTerms(
            Role,
            _peer,
            part.IsSending,
            () => part.Range is { } range ? range.Length ?? part.File.Size - range.Offset : part.File.Size,
            () => part.Terms?.Allowed ?? [],
            (method, result, reason) => part.Terms?.Report(method, result, reason),
            element => Post(() => HandleAsync(new Input.SendTransport(JingleAction.TransportInfo, part.Key, element)))));
        part.Attempts.Add(attempt);
        return attempt;
    }

    private static void Use(JinglePart part, string ns, JingleTransportAttempt attempt) => (part.AttemptNamespace, part.Attempt) = (ns, attempt);

    private void Run(JinglePart part)
    {
        part.StopAttempt = new CancellationTokenSource();
        _tasks.Add(RunAsync(part, part.Attempt!, part.StopAttempt.Token));
    }

    private async Task RunAsync(JinglePart part, JingleTransportAttempt attempt, CancellationToken cancellationToken)
    {
        MethodResult result;
        try
        {
            result = await attempt.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception broken)
        {
            result = new MethodFailure(FailureReason.Internal, Side.Here, broken.Message);
        }

        var taken = false;
        if (_work.Writer.TryWrite(() => RanAsync(part, attempt, result))) taken = true;
        if (!taken && result.Channel is { } unused) await unused.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask RanAsync(JinglePart part, JingleTransportAttempt attempt, MethodResult result)
    {
        if (attempt != part.Attempt || part.Gone)
        {
            if (result.Channel is { } late) await late.DisposeAsync().ConfigureAwait(false);
            return;
        }

        if (result.Channel is { } channel)
        {
            await FallAsync(part, new FallbackInput.Opened()).ConfigureAwait(false);
            await HandleAsync(new Input.Streaming(part.Key, true)).ConfigureAwait(false);
            part.EarlyEnd = null;
            part.Take(channel);
            return;
        }

        if (part.EarlyEnd is { } early)
        {
            Close(part, early.Failure);
            return;
        }

        part.LastFailure = result.Failure;
        await FallAsync(part, new FallbackInput.Failed(result.Failure!.Text)).ConfigureAwait(false);
    }

    private void Hear(ContentKey key, Element transport)
    {
        if (!_parts.TryGetValue(key, out var part)) return;
        if (part.Attempt is { } attempt) attempt.Hear(transport);
        else if (part.Early.Count < MostWaiting) part.Early.Add(transport);
    }

    private async ValueTask BeProposedAsync(string id, JinglePart? part, Element transport)
    {
        if (part?.Fallback is null)
        {
            await ReplyAsync(id, JingleErrors.OutOfOrder).ConfigureAwait(false);
            return;
        }

        JingleTransportAttempt? attempt = null;
        if (Context.Transports.Find(transport.Namespace) is { } known && part.Attempts.Count < MostWaiting)
        {
            attempt = Begin(part, known);
            if (!attempt.Take(transport)) attempt = null;
        }

        part.TheirProposal = (attempt, transport);
        await FallAsync(part, new FallbackInput.Proposed(id, attempt is null ? "" : transport.Namespace)).ConfigureAwait(false);
    }

    private async ValueTask ProposalTakenAsync(JinglePart? part, Element transport)
    {
        if (part?.Proposed is not { } proposed) return;
        await FallAsync(part, proposed.Namespace == transport.Namespace && proposed.Attempt.Take(transport) ? new FallbackInput.Accepted(proposed.Namespace) : new FallbackInput.Rejected()).ConfigureAwait(false);
    }

    private async ValueTask FallAsync(JinglePart? part, FallbackInput input)
    {
        if (part is null) return;
        foreach (var output in part.Fallback?.Handle(input, _time.GetUtcNow()) ?? [])
        {
            switch (output)
            {
                case FallbackOutput.Propose(var ns):
                    await ProposeAsync(part, ns).ConfigureAwait(false);
                    break;
                case FallbackOutput.Acknowledge(var id):
                    await ReplyAsync(id, null).ConfigureAwait(false);
                    break;
                case FallbackOutput.Refuse(var id, var error):
                    await ReplyAsync(id, error).ConfigureAwait(false);
                    break;
                case FallbackOutput.Accept(var ns):
                    Use(part, ns, part.TheirProposal.Attempt!);
                    var described = await part.Attempt!.DescribeAsync(proposing: false, _stop.Token).ConfigureAwait(false);
                    await HandleAsync(new Input.SendTransport(JingleAction.TransportAccept, part.Key, described)).ConfigureAwait(false);
                    Run(part);
                    break;
                case FallbackOutput.Reject:
                    await HandleAsync(new Input.SendTransport(JingleAction.TransportReject, part.Key, part.TheirProposal.Theirs)).ConfigureAwait(false);
                    break;
                case FallbackOutput.Stop:
                    await part.StopAttempt.CancelAsync().ConfigureAwait(false);
                    break;
                case FallbackOutput.Run(var ns):
                    Use(part, ns, part.Proposed!.Value.Attempt);
                    Run(part);
                    break;
                case FallbackOutput.GiveUp(var text):
                    var last = part.LastFailure;
                    // A lost stream or a peer that went away explains more than "no method".
                    var reason = last?.Reason is FailureReason.StreamLost or FailureReason.Absent or FailureReason.Internal ? last.Reason : FailureReason.NoMethod;
                    await GiveUpAsync(part, new MethodFailure(reason, last?.Side ?? Side.Network, text), new JingleReason(JingleReasonCondition.ConnectivityError)).ConfigureAwait(false);
                    break;
            }
        }
    }

    private async ValueTask ProposeAsync(JinglePart part, string ns)
    {
        var attempt = Begin(part, Context.Transports.Find(ns)!);
        part.Proposed = (ns, attempt);
        var described = await attempt.DescribeAsync(proposing: true, _stop.Token).ConfigureAwait(false);
        await HandleAsync(new Input.SendTransport(JingleAction.TransportReplace, part.Key, described)).ConfigureAwait(false);
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

    private void EndByPeer(JinglePart part, Output.Ended ended)
    {
        if (ended.Failure == FailureReason.StreamLost || (ended.End == JingleEnd.Nobody && part.Opened.IsCompleted))
        {
            part.OfferError = ended.Error;
            Close(part, FailureOf(ended, part));
            part.Answer(part.SentFile.Handle(new SentFileInput.Lost(), _time.GetUtcNow()));
            part.Answer(part.ReceivedFile.Handle(new ReceivedFileInput.Lost(), _time.GetUtcNow()));
            return;
        }

        part.OfferError = ended.Error;
        EndByPeer(part, FailureOf(ended, part), isSuccess: ended is { Failure: null, Reason.Condition: JingleReasonCondition.Success });
    }

    private void EndByPeer(JinglePart part, JingleReason reason) => EndByPeer(
        part,
        new MethodFailure(FileReasons.Meaning(reason, part.Agreed) ?? FailureReason.Protocol, Side.Peer, $"the peer ended the content: {reason}"),
        reason.Condition == JingleReasonCondition.Success);

    private void EndByPeer(JinglePart part, MethodFailure failure, bool isSuccess)
    {
        // Dino ends the session as soon as it has written everything, which may be before we have read that the stream is agreed on.
        if (isSuccess && part is { Agreed: true, IsSending: false, Channel: null, Gone: false }) part.EarlyEnd = (_time.GetUtcNow() + EarlyEndTime, failure);
        else Close(part, failure);
        if (!isSuccess) part.FailStream(failure);
        FailureReason? meaning = isSuccess ? null : failure.Reason;
        part.Answer(part.SentFile.Handle(new SentFileInput.Ended(meaning, failure.Text), _time.GetUtcNow()));
        part.Answer(part.ReceivedFile.Handle(new ReceivedFileInput.Ended(meaning, failure.Text), _time.GetUtcNow()));
    }

    private static MethodFailure FailureOf(Output.Ended ended, JinglePart part)
    {
        var reason = ended.Failure ?? FileReasons.Meaning(ended.Reason, part.Agreed) ?? FailureReason.Protocol;
        var side = ended switch
        {
            { Failure: FailureReason.StreamLost } => Side.Server,
            { End: JingleEnd.Here } => Side.Here,
            _ => Side.Peer,
        };
        return new MethodFailure(reason, side, ended.Text);
    }

    // The end of the opening, if there was no stream; whoever is in the middle of one goes on with it.
    private void Close(JinglePart part, MethodFailure failure)
    {
        Release(part);
        part.EarlyEnd = null;
        if (part.Channel is not null) return;
        part.Gone = true;
        part.FailOpening(failure);
        _ = part.StopAttempt.CancelAsync();
        // Nobody has bytes of it under way.
        part.Finished = true;
    }

    private void Release(JinglePart part)
    {
        if (part.Released) return;
        part.Released = true;
        Released(part);
    }

    private async ValueTask DeclineAsync(JinglePart part, JingleReason reason)
    {
        part.Declined ??= reason;
        if (Role == JingleRole.Initiator && !_machine.IsOver && _parts.Values.All(other => other.Gone)) await HandleAsync(new Input.Terminate(reason)).ConfigureAwait(false);
        else await AnswerOfferAsync().ConfigureAwait(false);
    }

    private void EndAll(MethodFailure failure)
    {
        foreach (var part in _parts.Values)
        {
            Close(part, failure);
            part.Answer(part.SentFile.Handle(new SentFileInput.Lost(), _time.GetUtcNow()));
            part.Answer(part.ReceivedFile.Handle(new ReceivedFileInput.Lost(), _time.GetUtcNow()));
        }
    }

    private static async ValueTask CloseAsync(JinglePart part)
    {
        foreach (var attempt in part.Attempts) await attempt.DisposeAsync().ConfigureAwait(false);
        part.StopAttempt.Dispose();
    }
}
