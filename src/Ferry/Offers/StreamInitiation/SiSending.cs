using System.Threading.Channels;
using Ferry.Methods;
using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.StreamInitiation;
using Ferry.Transfers;
using Input = Ferry.Protocol.StreamInitiation.SiSenderInput;
using Output = Ferry.Protocol.StreamInitiation.SiSenderOutput;

namespace Ferry.Offers.StreamInitiation;

/// <summary>
/// The loop that owns one <see cref="SiSenderNegotiation"/>: one input, all its outputs, then the next. Methods are opened by a task of
/// their own, whose result comes back as an input.
/// </summary>
internal sealed class SiSending(OfferContext context, OutgoingFile file, Peer peer, OfferTerms terms)
{
    private readonly Channel<Input> _inputs = Channel.CreateUnbounded<Input>(new UnboundedChannelOptions { SingleReader = true }); // one for each thing under way
    private readonly string _id = terms.StreamId ?? RandomId.Create(26);
    private readonly TimeProvider _time = context.Options.TimeProvider;
    private readonly List<IStreamMethod> _methods =
        [.. context.Methods.For(terms.Methods).Where(method => method.CanReach(peer) && method.Objection(peer, file.Length) is null)];
    private readonly CancellationTokenSource _stopMethod = new();
    private Task _opening = Task.CompletedTask;
    private ByteChannel? _channel;
    private MethodFailure? _lastFailure;
    private Action _forgetOffer = () => { };
    private readonly SessionBinding _binding = context.Session.Binding;
    private volatile bool _streamLost;
    private bool _accepted;
    private SiRange? _range;
    private IDisposable? _turn;
    private string? _md5;
    private bool _offered;
    private Output.Ended? _ended;

    /// <summary>Offers, negotiates, sends.</summary>
    public async Task<Outcome> RunAsync(CancellationToken cancellationToken)
    {
        var report = terms.Report;
        if (_methods.Count == 0)
        {
            return MethodObjections.Fail(context.Methods.For(terms.Methods), peer, file.Length, terms);
        }

        try
        {
            _turn = await context.Turns.TakeAsync(peer, cancellationToken).ConfigureAwait(false);
            _streamLost = _binding.Lost.IsCompleted; // while it waited for its turn
            if (!_streamLost) await NegotiateAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!_offered)
        {
            return report.Cancelled(Phase.Offering);
        }
        finally
        {
            _turn?.Dispose();
            _forgetOffer();
            await _stopMethod.CancelAsync().ConfigureAwait(false);
            await _opening.ConfigureAwait(false);
            _stopMethod.Dispose();
        }

        if (_ended is null && _channel is { } channel) return await file.SendAsync(channel, report, terms.Progress, _time, cancellationToken, _range).ConfigureAwait(false);
        if (_channel is not null) await _channel.DisposeAsync().ConfigureAwait(false); // opened just as the negotiation ended
        return Failed(_ended);
    }

    private async Task NegotiateAsync(CancellationToken cancellationToken)
    {
        var negotiation = new SiSenderNegotiation([.. _methods.Select(SiOfferKind.NegotiationMethod)], file.Length, file.HasRanges)
        {
            AnswerTimeout = context.Options.AnswerTimeout,
            LateAnswerTimeout = context.Options.AtMost(TimeSpan.FromSeconds(90)),
        };
        using var presence = context.Presence.Watch(peer.Jid, heard =>
        {
            if (!heard.IsAvailable) _inputs.Writer.TryWrite(new Input.PeerGone());
        });
        using var cancelled = cancellationToken.Register(() => _inputs.Writer.TryWrite(new Input.Cancel()));
        using var over = new CancellationTokenSource();
        var lost = WatchSessionAsync(over.Token);
        try
        {
            await HandleAllAsync(negotiation).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await lost.ConfigureAwait(false);
        }
    }

    // Whatever was agreed on was agreed on over this binding.
    private async Task WatchSessionAsync(CancellationToken cancellationToken)
    {
        try
        {
            _streamLost = await _binding.Lost.WaitAsync(cancellationToken).ConfigureAwait(false) is not null;
            _inputs.Writer.TryWrite(new Input.Cancel());
        }
        catch (OperationCanceledException)
        {
            // The negotiation ended before the session.
        }
    }

    private async Task HandleAllAsync(SiSenderNegotiation negotiation)
    {
        Input input = new Input.Start();
        while (true)
        {
            foreach (var output in negotiation.Handle(input, _time.GetUtcNow())) await CarryOutAsync(output).ConfigureAwait(false);
            if (negotiation.IsOver) return;
            input = await NextAsync(negotiation.NextDeadline).ConfigureAwait(false);
        }
    }

    private async ValueTask<Input> NextAsync(DateTimeOffset? deadline)
    {
        if (deadline is not { } due) return await _inputs.Reader.ReadAsync().ConfigureAwait(false);
        var wait = due - _time.GetUtcNow();
        if (wait <= TimeSpan.Zero) return new Input.Tick();
        using var limit = new CancellationTokenSource(wait, _time);
        try
        {
            return await _inputs.Reader.ReadAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return new Input.Tick();
        }
    }

    private async ValueTask CarryOutAsync(Output output)
    {
        switch (output)
        {
            case Output.SendOffer:
                await OfferAsync().ConfigureAwait(false);
                break;
            case Output.Accepted accepted:
                _accepted = true;
                _turn?.Dispose();
                terms.Report.Agreed();
                _range = accepted.Range;
                break;
            case Output.OpenMethod open:
                await _opening.ConfigureAwait(false);
                _opening = OpenAsync(_methods.First(method => method.Feature == open.Method));
                break;
            case Output.CancelMethod:
                await _stopMethod.CancelAsync().ConfigureAwait(false);
                break;
            case Output.Ended ended:
                _ended = ended;
                break;
        }
    }

    private async Task OfferAsync()
    {
        var description = file.Description;
        if (!_offered) _md5 = await file.Md5Async(CancellationToken.None).ConfigureAwait(false);
        _offered = true;
        var si = new SiFile(file.Name, file.Length, _md5, file.Modified, description, file.HasRanges);
        var offer = new SiOffer(_id, si, [.. _methods.Select(method => method.Feature)]);
        // The iq has the offer's id: old Psi answers a bad offer with an error of that id.
        _forgetOffer = await context.Session.PostRequestAsync(
            peer.Jid, IqType.Set, offer.ToElement(), bulk: false, reply => _inputs.Writer.TryWrite(Answer(reply)), CancellationToken.None, id: _id).ConfigureAwait(false);
    }

    private Input Answer(IqReply reply)
    {
        if (reply.Missing is not null)
        {
            _streamLost = true;
            return new Input.Cancel();
        }

        if (reply.Error is { } error) return new Input.Refused(error);
        return SiAnswer.TryParse(reply.Payload, out var answer, out var problem) ? new Input.Answered(answer) : new Input.AnswerUnreadable(problem);
    }

    private async Task OpenAsync(IStreamMethod method)
    {
        var opening = new StreamOpening(_id, peer, terms.Methods, _range is { } range ? range.BytesOf(file.Length) : file.Length, terms.Report.Attempt);
        try
        {
            var result = await method.OpenAsync(opening, _stopMethod.Token).ConfigureAwait(false);
            if (result.Channel is { } channel)
            {
                _channel = channel;
                _inputs.Writer.TryWrite(new Input.MethodOpened(method.Feature));
                return;
            }

            _lastFailure = result.Failure!;
            _inputs.Writer.TryWrite(new Input.MethodFailed(method.Feature, _lastFailure.RefusedByPeer, _lastFailure.LateAnswer is not null, _lastFailure.Text));
            if (_lastFailure.LateAnswer is { } late) context.Tasks.Run(stop => TellLateAsync(late, method.Feature, stop));
        }
        catch (OperationCanceledException)
        {
            // The negotiation is over already.
        }
        catch (Exception broken)
        {
            _lastFailure = new MethodFailure(FailureReason.Internal, Side.Here, broken.Message);
            _inputs.Writer.TryWrite(new Input.MethodFailed(method.Feature, false, false, broken.Message));
        }
    }

    private async Task TellLateAsync(Task late, string method, CancellationToken cancellationToken)
    {
        await late.WaitAsync(cancellationToken).ConfigureAwait(false);
        _inputs.Writer.TryWrite(new Input.PendingAnswered(method));
    }

    private Outcome Failed(Output.Ended? ended)
    {
        if (_streamLost) return terms.Report.Fail(FailureReason.StreamLost, _accepted ? Phase.Negotiating : Phase.Offering, Side.Server, "the XMPP stream was lost");
        var phase = _accepted ? Phase.Negotiating : Phase.Offering;
        if (ended is null || ended.Reason == FailureReason.Cancelled) return terms.Report.Cancelled(phase);
        var side = ended.Reason == FailureReason.NoMethod && _lastFailure is { } last ? last.Side : Side.Peer;
        // A lost stream or a peer that went away explains more than "no method".
        var reason = ended.Reason == FailureReason.NoMethod && _lastFailure?.Reason is FailureReason.StreamLost or FailureReason.Absent ? _lastFailure!.Reason : ended.Reason;
        var text = reason == FailureReason.Refused && !_accepted ? $"the peer declined ({ended.Text})" : ended.Text;
        return terms.Report.Fail(reason, phase, side, text, HintFor(reason));
    }

    private static string? HintFor(FailureReason reason) => reason switch
    {
        FailureReason.NoMethod => "open a port with --listen-ports and --advertise, or name a proxy with --proxy, or allow in-band with --via s5b-direct,s5b-proxy,ibb",
        FailureReason.Timeout => "the peer may not have seen the offer; a longer wait is --timeout",
        FailureReason.NotSupported => "the peer's client has no stream initiation",
        _ => null,
    };
}
