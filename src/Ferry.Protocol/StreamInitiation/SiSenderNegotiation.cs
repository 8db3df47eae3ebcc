using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Input = Ferry.Protocol.StreamInitiation.SiSenderInput;
using Output = Ferry.Protocol.StreamInitiation.SiSenderOutput;

namespace Ferry.Protocol.StreamInitiation;

/// <summary>
/// The sender's side of stream initiation (XEP-0095, XEP-0096), without I/O: from the offer to a stream.
/// <para>
/// Theory of operation. Idle → Offered → Opening (a method after the other) → Over, by Streaming or Ended. The peer's answer names one method,
/// rarely several; they are opened in its order. When they failed, a last resort (in-band) that was offered is opened too, although the
/// answer did not name it: no specification says so, and every client of the time does it. Receivers like libpurple look at that open only
/// after they have given up the first method; so an open that is refused while the first method's request is still unanswered is tried once
/// more when the answer has come (state AwaitingLateAnswer). A peer that has too many offers waiting says so by <c>wait</c> and
/// <c>resource-constraint</c>: the offer is sent again after a while (state Postponed), as long as an answer may take. There is no stanza that
/// takes an offer back.
/// </para>
/// <para>
/// To drive it: one loop owns it; carry out the outputs in order; Tick at <see cref="NextDeadline"/>. Methods keep their own timeouts. Match
/// errors by (from, offer id) as well as by iq id: old Psi answers with the wrong iq id. What comes late is ignored.
/// </para>
/// </summary>
/// <param name="methods">The methods of the offer, in its order.</param>
/// <param name="size">The file's size; null when unknown.</param>
/// <param name="rangeOffered">Whether the offer says that ranges can be had.</param>
public sealed class SiSenderNegotiation(IReadOnlyList<SiMethod> methods, long? size, bool rangeOffered)
{
    private static readonly TimeSpan[] OfferAgainAfter =
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(30)];

    private State _state = new Idle();
    private List<Output>? _outputs;

    private abstract record State;

    private sealed record Idle : State;

    /// <param name="Deadline">Until when an answer may come.</param>
    /// <param name="Attempt">How often it was put off.</param>
    private sealed record Offered(DateTimeOffset Deadline, int Attempt = 0) : State;

    private sealed record Postponed(DateTimeOffset Again, Offered Before) : State;

    /// <param name="Method">The one under way.</param>
    /// <param name="Attempt">1 or 2.</param>
    /// <param name="Next">Those that follow if it fails.</param>
    /// <param name="Pending">An earlier one whose request is still unanswered, or null.</param>
    private sealed record Opening(string Method, int Attempt, IReadOnlyList<string> Next, string? Pending) : State;

    private sealed record AwaitingLateAnswer(string Pending, string Method, DateTimeOffset Deadline, string Text) : State;

    private sealed record Over : State;

    /// <summary>How long the peer's user may take to answer.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>How long a late answer is waited for when the last resort was refused meanwhile; libpurple takes 15 s for each streamhost.</summary>
    public TimeSpan LateAnswerTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>When to hand in Tick; null: nothing is waited for here.</summary>
    public DateTimeOffset? NextDeadline => _state switch
    {
        Offered offered => offered.Deadline,
        Postponed postponed => postponed.Again,
        AwaitingLateAnswer waiting => waiting.Deadline,
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
            case (Over, _):
                break;
            case (Idle, Input.Start):
                _state = new Offered(now + AnswerTimeout);
                Put(new Output.SendOffer());
                break;
            case (_, Input.Start):
                throw new InvalidOperationException("the negotiation has begun already");
            case (_, Input.Cancel):
                Stop(FailureReason.Cancelled, "cancelled");
                break;
            case (_, Input.PeerGone):
                Stop(FailureReason.Absent, "the peer went offline");
                break;
            case (Offered, Input.Answered(var answer)):
                Accept(answer);
                break;
            case (Offered, Input.AnswerUnreadable(var problem)):
                Stop(FailureReason.Protocol, problem);
                break;
            case (Offered offered, Input.Refused({ Type: ErrorType.Wait, Condition: ErrorCondition.ResourceConstraint } error)):
                PutOff(offered, $"the peer answered: {error}", now);
                break;
            case (Postponed postponed, Input.Tick):
                if (now < postponed.Again) break;
                _state = postponed.Before with { Attempt = postponed.Before.Attempt + 1 };
                Put(new Output.SendOffer());
                break;
            case (Offered, Input.Refused(var error)):
                Stop(SiErrors.ReasonOf(error), $"the peer answered: {error}");
                break;
            case (Offered offered, Input.Tick):
                if (now >= offered.Deadline) Stop(FailureReason.Timeout, "the peer did not answer the offer");
                break;
            case (Opening opening, Input.MethodOpened(var method)) when method == opening.Method:
                _state = new Over();
                Put(new Output.Streaming(method));
                break;
            case (Opening opening, Input.MethodFailed failed) when failed.Method == opening.Method:
                MethodFailed(opening, failed, now);
                break;
            case (Opening opening, Input.PendingAnswered(var method)) when method == opening.Pending:
                _state = opening with { Pending = null };
                break;
            case (AwaitingLateAnswer waiting, Input.PendingAnswered(var method)) when method == waiting.Pending:
                Open(waiting.Method, attempt: 2, next: [], pending: null);
                break;
            case (AwaitingLateAnswer waiting, Input.Tick):
                if (now >= waiting.Deadline) Stop(FailureReason.NoMethod, waiting.Text);
                break;
            default:
                break; // late: a second answer, a word about a method that is not under way, a tick too early
        }

        return (IReadOnlyList<Output>?)_outputs ?? [];
    }

    private void PutOff(Offered offered, string text, DateTimeOffset now)
    {
        var again = now + OfferAgainAfter[Math.Min(offered.Attempt, OfferAgainAfter.Length - 1)];
        if (again < offered.Deadline) _state = new Postponed(again, offered);
        else Stop(FailureReason.Timeout, text);
    }

    private void Accept(SiAnswer answer)
    {
        var known = answer.Methods.Where(name => methods.Any(method => method.Name == name)).ToList();
        if (known.Count == 0)
        {
            Stop(FailureReason.Protocol, $"the peer chose a stream method that was not offered: {answer.Methods[0]}");
        }
        else if (answer.Range is { } range && (!rangeOffered || !range.FitsIn(size)))
        {
            Stop(FailureReason.Protocol, "peer asked for an impossible range");
        }
        else
        {
            Put(new Output.Accepted(answer.Range));
            var unnamed = methods.Where(method => method.LastResort && !known.Contains(method.Name)).Select(method => method.Name);
            Open(known[0], attempt: 1, [.. known.Skip(1), .. unnamed], pending: null);
        }
    }

    private void MethodFailed(Opening opening, Input.MethodFailed failed, DateTimeOffset now)
    {
        if (opening.Next.Count > 0)
        {
            Open(opening.Next[0], attempt: 1, opening.Next.Skip(1).ToList(), failed.AnswerPending ? failed.Method : opening.Pending);
        }
        else if (failed.RefusedByPeer && opening is { Attempt: 1, Pending: { } pending })
        {
            _state = new AwaitingLateAnswer(pending, opening.Method, now + LateAnswerTimeout, failed.Text);
        }
        else
        {
            Stop(FailureReason.NoMethod, failed.Text);
        }
    }

    private void Open(string method, int attempt, IReadOnlyList<string> next, string? pending)
    {
        _state = new Opening(method, attempt, next, pending);
        Put(new Output.OpenMethod(method, attempt));
    }

    private void Stop(FailureReason reason, string text)
    {
        if (_state is Opening opening && reason is (FailureReason.Cancelled or FailureReason.Absent)) Put(new Output.CancelMethod(opening.Method));
        _state = new Over();
        Put(new Output.Ended(reason, text));
    }

    private void Put(Output output) => (_outputs ??= new List<Output>(2)).Add(output);
}
