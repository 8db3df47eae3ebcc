using Ferry.Protocol.Transfers;
using Input = Ferry.Protocol.StreamInitiation.SiReceiverInput;
using Output = Ferry.Protocol.StreamInitiation.SiReceiverOutput;

namespace Ferry.Protocol.StreamInitiation;

/// <summary>
/// The receiver's side of stream initiation (XEP-0095, XEP-0096), without I/O: from the offer to a stream.
/// <para>
/// Theory of operation. Idle → Deciding → WaitingForOpen ⇄ Running → Over, by Streaming or Ended. One method is answered, even to an offer
/// that allows several. The sender then opens a stream; it may open another method than the one answered, since senders fall back without
/// asking. After a method failed, the sender has a fallback window to open the last resort (in-band). A last resort that is opened while
/// another method runs wins, because its sender has given the other one up. There is no stanza that takes an offer back, so every wait has
/// its deadline.
/// </para>
/// <para>
/// To drive it: keep one for each (full address of the sender, offer id), and take opens only from that address. One loop owns it; carry
/// out the outputs in order; Tick at <see cref="NextDeadline"/>. It may be kept after its end: it goes on refusing opens.
/// </para>
/// </summary>
/// <param name="methods">The methods that can be used here now.</param>
public sealed class SiReceiverNegotiation(IReadOnlyList<SiMethod> methods)
{
    private State _state = new Idle();
    private List<Output>? _outputs;

    private abstract record State;

    private sealed record Idle : State;

    private sealed record Deciding(SiOffer Offer, DateTimeOffset Deadline) : State;

    /// <param name="Deadline">Until when an open may come.</param>
    /// <param name="Failure">What the last method died of; null before the first one.</param>
    private sealed record WaitingForOpen(DateTimeOffset Deadline, string? Failure) : State;

    private sealed record Running(string Method) : State;

    private sealed record Over : State;

    /// <summary>How long the user may take.</summary>
    public TimeSpan DecisionTimeout { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>How long the sender may take to open a stream after the acceptance.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long it may take to open another one after a method failed.</summary>
    public TimeSpan FallbackTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>When to hand in Tick; null: nothing is waited for here.</summary>
    public DateTimeOffset? NextDeadline => _state switch
    {
        Deciding deciding => deciding.Deadline,
        WaitingForOpen waiting => waiting.Deadline,
        _ => null,
    };

    /// <summary>Whether Streaming or Ended was put out.</summary>
    public bool IsOver => _state is Over;

    /// <summary>Takes one input; the outputs are to be carried out in their order.</summary>
    /// <exception cref="InvalidOperationException">The driver did what it was not asked for.</exception>
    public IReadOnlyList<Output> Handle(Input input, DateTimeOffset now)
    {
        _outputs = null;
        switch (_state, input)
        {
            case (Idle, Input.OfferArrived(var offer)):
                OfferArrived(offer, now);
                break;
            case (_, Input.OfferArrived):
                throw new InvalidOperationException("one negotiation for each offer");
            case (WaitingForOpen, Input.OpenArrived open) when Find(open.Method) is not null:
                Run(open);
                break;
            case (Running running, Input.OpenArrived open) when open.Method != running.Method && Find(open.Method) is { LastResort: true }:
                Put(new Output.CancelMethod(running.Method));
                Run(open);
                break;
            case (_, Input.OpenArrived open):
                Put(new Output.RefuseOpen(open.RequestId, SiErrors.NotNegotiated));
                break;
            case (Over, _):
                break;
            case (Deciding, Input.Cancel):
                Refuse(SiErrors.Declined, FailureReason.Cancelled, "cancelled");
                break;
            case (_, Input.Cancel):
                Stop(FailureReason.Cancelled, "cancelled");
                break;
            case (_, Input.PeerGone):
                Stop(FailureReason.Absent, "the sender went offline");
                break;
            case (Deciding deciding, Input.UserAccepted accepted):
                Accept(deciding.Offer, accepted, now);
                break;
            case (Deciding, Input.UserDeclined(var error)):
                Refuse(error, FailureReason.Refused, "declined here");
                break;
            case (Deciding deciding, Input.Tick):
                if (now >= deciding.Deadline) Refuse(SiErrors.Declined, FailureReason.Timeout, "nobody answered the offer here");
                break;
            case (_, Input.UserAccepted or Input.UserDeclined):
                throw new InvalidOperationException($"{input.GetType().Name} in state {_state.GetType().Name}");
            case (WaitingForOpen waiting, Input.Tick):
                if (now < waiting.Deadline) break;
                if (waiting.Failure is { } failure) Stop(FailureReason.NoMethod, failure);
                else Stop(FailureReason.Timeout, "the sender opened no stream");
                break;
            case (Running running, Input.MethodSucceeded(var method)) when method == running.Method:
                _state = new Over();
                Put(new Output.Streaming(method));
                break;
            case (Running running, Input.MethodFailed failed) when failed.Method == running.Method:
                if (methods.Any(method => method.LastResort)) _state = new WaitingForOpen(now + FallbackTimeout, failed.Text);
                else Stop(FailureReason.NoMethod, failed.Text);
                break;
            default:
                break; // late: a word about a method that is not under way, a tick too early
        }

        return (IReadOnlyList<Output>?)_outputs ?? [];
    }

    private void OfferArrived(SiOffer offer, DateTimeOffset now)
    {
        if (offer.Methods.Any(name => Find(name) is not null))
        {
            _state = new Deciding(offer, now + DecisionTimeout);
            Put(new Output.AskUser(offer));
        }
        else
        {
            Refuse(SiErrors.NoValidStreams, FailureReason.NoMethod, "the sender offers no stream method that is known here");
        }
    }

    private void Accept(SiOffer offer, Input.UserAccepted accepted, DateTimeOffset now)
    {
        if (accepted.Range is not null && !offer.File.RangeOffered) throw new InvalidOperationException("the sender offered no ranges");
        if (accepted.MethodOrder.FirstOrDefault(name => Find(name) is not null && offer.Methods.Contains(name, StringComparer.Ordinal)) is { } chosen)
        {
            _state = new WaitingForOpen(now + OpenTimeout, null);
            Put(new Output.SendAnswer(new SiAnswer([chosen], accepted.Range)));
        }
        else
        {
            Refuse(SiErrors.NoValidStreams, FailureReason.NoMethod, "no offered stream method may be used here");
        }
    }

    private SiMethod? Find(string name) => methods.FirstOrDefault(method => method.Name == name);

    private void Run(Input.OpenArrived open)
    {
        _state = new Running(open.Method);
        Put(new Output.RunMethod(open.Method, open.RequestId));
    }

    private void Refuse(Stanzas.StanzaError error, FailureReason reason, string text)
    {
        Put(new Output.SendRefusal(error));
        Stop(reason, text);
    }

    private void Stop(FailureReason reason, string text)
    {
        if (_state is Running running && reason is (FailureReason.Cancelled or FailureReason.Absent)) Put(new Output.CancelMethod(running.Method));
        _state = new Over();
        Put(new Output.Ended(reason, text));
    }

    private void Put(Output output) => (_outputs ??= new List<Output>(2)).Add(output);
}
