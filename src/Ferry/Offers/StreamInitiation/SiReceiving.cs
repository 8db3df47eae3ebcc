using System.Threading.Channels;
using Ferry.Methods;
using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.Peers;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.StreamInitiation;
using Input = Ferry.Protocol.StreamInitiation.SiReceiverInput;
using Output = Ferry.Protocol.StreamInitiation.SiReceiverOutput;

namespace Ferry.Offers.StreamInitiation;

/// <summary>
/// The loop that owns one <see cref="SiReceiverNegotiation"/>, from the offer's arrival until there is a channel or none. The user's
/// decision comes from <see cref="SiIncomingOffer"/>; requests to open a stream come from <see cref="OpenRequests"/>.
/// </summary>
internal sealed class SiReceiving
{
    private readonly OfferContext _context;
    private readonly SiOffer _offer;
    private readonly Iq _iq;
    private readonly Action<SiReceiving> _over;
    private readonly TimeProvider _time;
    private readonly Channel<Input> _inputs = Channel.CreateUnbounded<Input>(new UnboundedChannelOptions { SingleReader = true }); // one for each thing under way
    private readonly Dictionary<string, OpenRequest> _requests = [];
    private readonly TaskCompletionSource<NegotiationEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SiIncomingOffer _shown;
    private CancellationTokenSource _stopMethod = new();
    private Task _running = Task.CompletedTask;
    private OpenRequests.Expectation? _expectation;
    private ByteChannel? _channel;
    private SiRange? _range;
    private volatile Peer? _known;
    private Action _forgetQuestion = () => { };
    private bool _released;
    private volatile bool _streamLost;
    private readonly SessionBinding _binding;
    private readonly CancellationTokenSource _withdrawn = new();

    public SiReceiving(OfferContext context, SiOffer offer, Iq iq, Action<SiReceiving> over)
    {
        _context = context;
        _offer = offer;
        _iq = iq;
        _over = over;
        _time = context.Options.TimeProvider;
        _binding = context.Session.Binding;
        _shown = new SiIncomingOffer(context, offer, iq.From!, this);
    }

    /// <summary>How it ended: a channel, or a reason.</summary>
    public readonly record struct NegotiationEnd(ByteChannel? Channel, FailureReason Reason, string Text);

    /// <summary>The sender.</summary>
    public Jid Peer => _iq.From!;

    /// <summary>The offer's id.</summary>
    public string Id => _offer.Id;

    /// <summary>Completes with the negotiation.</summary>
    public Task<NegotiationEnd> End => _end.Task;

    /// <summary>Cancelled when it ended without a channel.</summary>
    public CancellationToken Withdrawn => _withdrawn.Token;

    /// <summary>What the accepting side wants told about its attempts.</summary>
    public Action<string, AttemptResult, string?> Report { get; set; } = (_, _, _) => { };

    /// <summary>The names of methods that may be used.</summary>
    public IReadOnlyList<string> Allowed { get; set; } = [];

    /// <summary>The user says yes, and wants the bytes behind the first <paramref name="start"/>.</summary>
    public void Accept(long start)
    {
        _range = start > 0 ? new SiRange(start) : null;
        _inputs.Writer.TryWrite(new Input.UserAccepted([.. _context.Methods.For(Allowed).Select(method => method.Feature)], _range));
    }

    /// <summary>The user says no.</summary>
    public void Decline(StanzaError error) => _inputs.Writer.TryWrite(new Input.UserDeclined(error));

    /// <summary>The user gives up after having said yes.</summary>
    public void Cancel() => _inputs.Writer.TryWrite(new Input.Cancel());

    /// <summary>Runs the negotiation.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Output.Ended? ended = null;
        try
        {
            ended = await LoopAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception broken)
        {
            ended = new Output.Ended(FailureReason.Internal, broken.Message);
        }
        finally
        {
            await _stopMethod.CancelAsync().ConfigureAwait(false);
            await _running.ConfigureAwait(false);
            _stopMethod.Dispose();
            _expectation?.Dispose();
            _forgetQuestion();
            Release();
        }

        if (ended is not null && _channel is not null)
        {
            await _channel.AbortAsync(AbortCause.Cancelled).ConfigureAwait(false);
            await _channel.DisposeAsync().ConfigureAwait(false);
        }

        if (ended is null)
        {
            _end.TrySetResult(new NegotiationEnd(_channel, default, ""));
            return;
        }

        Finished();
        await _withdrawn.CancelAsync().ConfigureAwait(false);
        _end.TrySetResult(_streamLost
            ? new NegotiationEnd(null, FailureReason.StreamLost, "the XMPP stream was lost")
            : new NegotiationEnd(null, ended.Reason, ended.Text));
    }

    /// <summary>The transfer is over as well: from now on the sender may use its id again.</summary>
    public void Finished() => _over(this);

    private async Task<Output.Ended?> LoopAsync(CancellationToken cancellationToken)
    {
        var known = _context.Methods.For(_context.Methods.Allowed(_context.Options.Methods, []));
        var negotiation = new SiReceiverNegotiation([.. known.Select(SiOfferKind.NegotiationMethod)]) 
        {
            DecisionTimeout = _context.Options.AnswerTimeout,
            OpenTimeout = _context.Options.AtMost(TimeSpan.FromSeconds(60)),
            // After our no to its streamhosts a sender opens the next method at once, or never.
            FallbackTimeout = _context.Options.AtMost(_context.Options.IdleTimeout < TimeSpan.FromSeconds(60) ? _context.Options.IdleTimeout : TimeSpan.FromSeconds(60)),
        };
        using var presence = _context.Presence.Watch(Peer, heard =>
        {
            if (!heard.IsAvailable) _inputs.Writer.TryWrite(new Input.PeerGone());
        });
        using var cancelled = cancellationToken.Register(Cancel);
        using var over = new CancellationTokenSource();
        var lost = WatchSessionAsync(over.Token);
        try
        {
            return await NegotiateAsync(negotiation).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await lost.ConfigureAwait(false);
        }
    }

    private async Task WatchSessionAsync(CancellationToken cancellationToken)
    {
        try
        {
            _streamLost = await _binding.Lost.WaitAsync(cancellationToken).ConfigureAwait(false) is not null;
            Cancel();
        }
        catch (OperationCanceledException)
        {
            // The negotiation ended before the session.
        }
    }

    private async Task<Output.Ended?> NegotiateAsync(SiReceiverNegotiation negotiation)
    {
        Input input = new Input.OfferArrived(_offer);
        Output.Ended? ended = null;
        while (true)
        {
            foreach (var output in negotiation.Handle(input, _time.GetUtcNow())) ended = await CarryOutAsync(output).ConfigureAwait(false) ?? ended;
            if (negotiation.IsOver) return ended;
            input = await NextAsync(negotiation.NextDeadline).ConfigureAwait(false);
        }
    }

    // An input, a request to open a stream, or the deadline: whichever comes first.
    private async ValueTask<Input> NextAsync(DateTimeOffset? deadline)
    {
        while (true)
        {
            if (_inputs.Reader.TryRead(out var ready)) return ready;
            if (_expectation?.Requests.TryRead(out var request) == true) return Arrived(request);
            var wait = deadline is { } due ? due - _time.GetUtcNow() : Timeout.InfiniteTimeSpan;
            if (deadline is not null && wait <= TimeSpan.Zero) return new Input.Tick();
            using var limit = new CancellationTokenSource(wait, _time);
            var input = _inputs.Reader.WaitToReadAsync(limit.Token).AsTask();
            var open = _expectation is { } expected ? expected.Requests.WaitToReadAsync(limit.Token).AsTask() : input;
            await Task.WhenAny(input, open).ConfigureAwait(false);
            await limit.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(input, open).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    private Input.OpenArrived Arrived(OpenRequest request)
    {
        _requests[request.Iq.Id] = request;
        return new Input.OpenArrived(request.Method.Feature, request.Iq.Id);
    }

    private async ValueTask<Output.Ended?> CarryOutAsync(Output output)
    {
        switch (output)
        {
            case Output.AskUser:
                if (!_context.Inbox.TryShow(_shown)) Decline(SiErrors.Declined);
                return null;
            case Output.SendAnswer answer:
                Release();
                _expectation = _context.Opens.Expect(Peer, Id);
                await ReplyAsync(_iq.Result(answer.Answer.ToElement())).ConfigureAwait(false);
                await LearnAsync().ConfigureAwait(false);
                return null;
            case Output.SendRefusal refusal:
                Release();
                await ReplyAsync(_iq.Refuse(refusal.Error)).ConfigureAwait(false);
                return null;
            case Output.RefuseOpen refuse:
                await ReplyAsync(_requests[refuse.RequestId].Iq.Refuse(refuse.Error)).ConfigureAwait(false);
                return null;
            case Output.CancelMethod:
                await _stopMethod.CancelAsync().ConfigureAwait(false);
                return null;
            case Output.RunMethod run:
                await _running.ConfigureAwait(false);
                await DropChannelAsync().ConfigureAwait(false);
                _stopMethod.Dispose();
                _stopMethod = new CancellationTokenSource();
                _running = AnswerAsync(_requests[run.RequestId], _stopMethod.Token);
                return null;
            default:
                return output as Output.Ended;
        }
    }

    private async Task AnswerAsync(OpenRequest request, CancellationToken cancellationToken)
    {
        var method = request.Method;
        var opening = new StreamOpening(Id, _known ?? _context.PeerOf(Peer), Allowed, _range is { } range ? range.BytesOf(_offer.File.Size) : _offer.File.Size, Report);
        try
        {
            var result = await method.AnswerAsync(request, opening, cancellationToken).ConfigureAwait(false);
            _channel = result.Channel;
            _inputs.Writer.TryWrite(result.Failure is { } failure
                ? new Input.MethodFailed(method.Feature, failure.Text)
                : new Input.MethodSucceeded(method.Feature));
        }
        catch (OperationCanceledException)
        {
            // The negotiation has moved on.
        }
        catch (Exception broken)
        {
            _inputs.Writer.TryWrite(new Input.MethodFailed(method.Feature, broken.Message));
        }
    }

    // Some makes are read differently, and presence of the sender's may never have come. Nobody waits for the answer; one that is there before the open
    // is known then, because it is taken on the session's reader.
    private async ValueTask LearnAsync()
    {
        var known = _context.PeerOf(Peer);
        if (known.Traits != PeerTraits.Unknown) return;
        _forgetQuestion = await _context.Session.PostRequestAsync(
            Peer,
            IqType.Get,
            DiscoInfo.Query(),
            bulk: false,
            reply =>
            {
                if (reply.IsResult && DiscoInfo.TryParse(reply.Payload, out var info)) _known = known with { Info = info };
            },
            CancellationToken.None).ConfigureAwait(false);
    }

    // A method that succeeded just when the sender had moved on to the next one.
    private async ValueTask DropChannelAsync()
    {
        if (_channel is not { } unused) return;
        _channel = null;
        await unused.DisposeAsync().ConfigureAwait(false);
    }

    private ValueTask<bool> ReplyAsync(Iq answer) => _context.Session.SendAsync(answer.ToElement(), CancellationToken.None);

    private void Release()
    {
        if (_released) return;
        _released = true;
        _context.Inbox.Release(Peer);
    }
}
