using Ferry.Protocol.Hashes;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Input = Ferry.Protocol.JabberFs.JabberFsInput;
using Output = Ferry.Protocol.JabberFs.JabberFsOutput;

namespace Ferry.Protocol.JabberFs;

/// <summary>
/// One side of one jabberFS transfer, without I/O, from the proposal to the receiver's word that it has the file.
/// <para>
/// Theory of operation. Three roles are independent of each other: who proposed and who answered; who sends the file and who receives it; who listens and who
/// connects. Idle → Proposed → Judging at the proposer, Idle → Asking at the answerer; from there both go through the same states. The answerer opens a port
/// (OpeningPort → Listening) or says that it would rather connect (AwaitingPort); the other one connects (Connecting). Then Streaming; then AwaitingComplete at
/// the sender, Verifying → Completing at the receiver; Over by Done or Ended.
/// </para>
/// <para>
/// Where a connection cannot be made the sides change places once: whoever failed to connect opens a port of its own and says so. It may do so at once, or when
/// the listening side has said that nobody came (AwaitingSwap there). A second failure is the end. Where no byte is to cross nobody connects: the receiver says
/// that it has the file.
/// </para>
/// <para>
/// To drive it: one loop owns it; carry out the outputs in order; Tick at <see cref="NextDeadline"/>. Each set of the peer's that is handed in is answered by
/// exactly one output. What comes late or twice changes nothing.
/// </para>
/// </summary>
public sealed partial class JabberFsTransfer(JabberFsTerms terms)
{
    private static readonly StanzaError Unexpected = new(ErrorType.Wait, ErrorCondition.UnexpectedRequest);
    private static readonly StanzaError Unknown = new(ErrorType.Cancel, ErrorCondition.ItemNotFound);

    private State _state = new Idle();
    private List<Output>? _outputs;
    private long _size;
    private long? _start;
    private bool _swapped;
    private bool _sessionLost;
    private (int?, string?)? _peersPort;
    private IReadOnlyList<FileHash>? _receipt; // what the receiver said when it had everything

    private abstract record State;

    private sealed record Idle : State;

    private sealed record Asking(DateTimeOffset Deadline) : State;

    private sealed record Proposed(DateTimeOffset Deadline) : State;

    /// <param name="Answer">What is being judged.</param>
    /// <param name="PortClosed">The port that it named is closed again.</param>
    private sealed record Judging(JabberFsStanza Answer, bool PortClosed = false) : State;

    /// <param name="Accepted">What the answer will say besides the port; null: the port goes out in a set of its own.</param>
    private sealed record OpeningPort(Input.Accept? Accepted) : State;

    private sealed record Listening(DateTimeOffset Deadline) : State;

    /// <summary>The answerer would rather connect, and waits to hear where.</summary>
    private sealed record AwaitingPort(DateTimeOffset Deadline) : State;

    /// <summary>Nobody came to our port: the peer may open one.</summary>
    private sealed record AwaitingSwap(DateTimeOffset Deadline) : State;

    private sealed record Connecting : State;

    /// <param name="PortClosed">The peer said that nobody came, although we had connected: this connection is nobody's.</param>
    private sealed record Streaming(bool PortClosed = false) : State;

    private sealed record AwaitingComplete(DateTimeOffset Deadline) : State;

    private sealed record Verifying : State;

    private sealed record Completing(DateTimeOffset Deadline) : State;

    private sealed record Over : State;

    /// <summary>When to hand in Tick; null: nothing is waited for here.</summary>
    public DateTimeOffset? NextDeadline => _state switch
    {
        Asking asking => asking.Deadline,
        Proposed proposed => proposed.Deadline,
        Listening listening => listening.Deadline,
        AwaitingPort waiting => waiting.Deadline,
        AwaitingSwap waiting => waiting.Deadline,
        AwaitingComplete waiting => waiting.Deadline,
        Completing completing => completing.Deadline,
        _ => null,
    };

    /// <summary>Whether Done or Ended was put out.</summary>
    public bool IsOver => _state is Over;

    private bool IsNative => terms.Dialect == JabberFsDialect.Native;

    // The old dialect has no word for "I have it": there a connection is made for nothing.
    private bool HasNoBytes => IsNative && _size == (_start ?? 0);

    /// <summary>Takes one input; the outputs are to be carried out in their order.</summary>
    /// <exception cref="InvalidOperationException">The driver did what it was not asked for.</exception>
    public IReadOnlyList<Output> Handle(Input input, DateTimeOffset now)
    {
        _outputs = null;
        switch (input)
        {
            case Input.Begin:
                Begin(now);
                break;
            case Input.Arrived arrived:
                Arrived(arrived, now);
                break;
            case Input.Tick:
                if (now >= NextDeadline) TimeIsUp(now);
                break;
            case Input.Cancel or Input.Failed or Input.PeerGone or Input.SessionLost:
                Disturbed(input, now);
                break;
            case Input.Answered or Input.AnswerUnreadable or Input.Refused or Input.Judged or Input.Accept or Input.Decline:
                Agreeing(input, now);
                break;
            default:
                Connection(input, now);
                break;
        }

        return (IReadOnlyList<Output>?)_outputs ?? [];
    }

    private void Begin(DateTimeOffset now)
    {
        if (_state is Over) return; // cancelled before
        if (_state is not Idle) throw new InvalidOperationException("the transfer has begun already");
        if (terms.IsProposer)
        {
            _state = new Proposed(now + terms.AnswerTimeout);
            Put(new Output.SendProposal());
        }
        else
        {
            _state = new Asking(now + terms.DecisionTimeout);
            Put(new Output.AskUser());
        }
    }

    private void Agreeing(Input input, DateTimeOffset now)
    {
        switch (_state, input)
        {
            case (Proposed, Input.Answered(var answer)):
                Answered(answer);
                break;
            case (Proposed, Input.AnswerUnreadable(var problem)):
                Stop(FailureReason.Protocol, JabberFsAbort.Error, problem);
                break;
            case (Proposed, Input.Refused(var error)):
                var forNow = error is { Type: ErrorType.Wait, Condition: ErrorCondition.ResourceConstraint };
                End(forNow ? FailureReason.Timeout : JabberFsReasons.Of(error), null, byPeer: true, $"the peer answered: {error}", forNow);
                break;
            case (Judging judging, Input.Judged judged):
                Judged(judging, judged, now);
                break;
            case (Asking, Input.Accept accept):
                Accept(accept, now);
                break;
            case (Asking, Input.Decline(var reason)):
                Put(new Output.SendAnswer(Abort(reason)));
                End(JabberFsReasons.Of(reason), null, byPeer: false, "declined");
                break;
            default:
                break; // late: an answer after the time for it, a decision after the proposal was withdrawn
        }
    }

    private void Answered(JabberFsStanza answer)
    {
        var proposal = terms.Proposal;
        if (answer.State == JabberFsState.Abort)
        {
            // Whoever says no without saying why has declined.
            var reason = answer.Reason ?? JabberFsAbort.Declined;
            End(JabberFsReasons.Of(reason), reason, byPeer: true, JabberFsReasons.TextOf(reason));
        }
        else if (!terms.IsGet && (answer.Size ?? proposal.Size) != proposal.Size)
        {
            Stop(FailureReason.Protocol, JabberFsAbort.Error, "the peer answered with another size than was offered");
        }
        else if (terms.IsGet && answer.Start is not null && (answer.Start != proposal.Start || answer.Size != proposal.Size))
        {
            Stop(FailureReason.Protocol, JabberFsAbort.Error, "the peer answered with another part than was asked for");
        }
        else if (answer.Start > (answer.Size ?? proposal.Size))
        {
            Stop(FailureReason.Protocol, JabberFsAbort.Error, "the peer asked for a part behind the file's end");
        }
        else
        {
            _size = (terms.IsGet ? answer.Size : proposal.Size)!.Value;
            _start = answer.Start;
            _state = new Judging(answer);
            Put(new Output.Judge(answer));
        }
    }

    private void Judged(Judging judging, Input.Judged judged, DateTimeOffset now)
    {
        if (judged.Objection is { } objection)
        {
            // Who asked for a file and is offered one of another size has a word of its own for no.
            var blocks = terms.IsGet && objection == JabberFsAbort.SizeChanged;
            Put(new Output.SendUpdate(blocks ? Stanza(JabberFsState.Block) : Abort(objection)));
            End(JabberFsReasons.Of(objection), null, byPeer: false, judged.Text);
        }
        else if (HasNoBytes)
        {
            Settle(now);
        }
        else if (judging.Answer.State == JabberFsState.Connecting)
        {
            OpenPort();
        }
        else if (judging.PortClosed)
        {
            TrySwap("the peer closed its port before we connected");
        }
        else
        {
            ConnectTo(judging.Answer);
        }
    }

    private void Accept(Input.Accept accept, DateTimeOffset now)
    {
        if (accept.Size < 0 || accept.Start < 0 || accept.Start > accept.Size) throw new ArgumentException("a part that the file does not have", nameof(accept));
        (_size, _start) = (accept.Size, accept.Start);
        if (HasNoBytes)
        {
            Put(new Output.SendAnswer(Answer(JabberFsState.Connecting, accept)));
            Settle(now);
        }
        else
        {
            _state = new OpeningPort(accept);
            Put(new Output.OpenPort());
        }
    }

    private void Connection(Input input, DateTimeOffset now)
    {
        switch (_state, input)
        {
            case (OpeningPort { Accepted: { } accepted }, Input.PortOpen open):
                _state = new Listening(now + terms.PortTimeout);
                Put(new Output.SendAnswer(Answer(JabberFsState.Listening, accepted) with { Hosts = open.Hosts, Port = open.Port, Token = open.Token }));
                break;
            case (OpeningPort, Input.PortOpen open):
                _state = new Listening(now + terms.PortTimeout);
                Put(new Output.SendUpdate(Port(open)));
                break;
            case (OpeningPort { Accepted: { } accepted }, Input.PortFailed):
                _state = new AwaitingPort(now + terms.ReverseTimeout);
                Put(new Output.SendAnswer(Answer(JabberFsState.Connecting, accepted)));
                break;
            case (OpeningPort, Input.PortFailed(var text)):
                Stop(FailureReason.NoMethod, JabberFsAbort.Unreachable, text);
                break;
            case (Listening, Input.Connected):
                Put(new Output.ClosePort());
                Stream();
                break;
            case (Connecting, Input.Connected):
                Stream();
                break;
            case (Connecting, Input.ConnectFailed(var text)):
                TrySwap(text);
                break;
            case (Listening or AwaitingSwap, Input.UpdateRefused { State: JabberFsState.Listening or JabberFsState.Timeout } refused):
                Stop(FailureReason.NoMethod, tell: null, $"the peer answered: {refused.Error}", byPeer: true);
                break;
            case (Streaming, Input.Transferred):
                Settle(now);
                break;
            case (Verifying, Input.Verified(var hashes)):
                Completed(hashes, now);
                break;
            case (Completing, Input.CompleteAnswered or Input.UpdateRefused(JabberFsState.Complete, _)):
                Finish(confirmed: true);
                break;
            default:
                break; // late: the word of a socket that was given up, an answer that changes nothing
        }
    }

    private void TimeIsUp(DateTimeOffset now)
    {
        switch (_state)
        {
            case Asking:
                Put(new Output.SendAnswer(Abort(JabberFsAbort.Busy)));
                End(FailureReason.Timeout, null, byPeer: false, "nobody decided in time");
                break;
            case Proposed:
                Stop(FailureReason.Timeout, JabberFsAbort.Cancelled, "the peer did not answer");
                break;
            case Listening:
                Put(new Output.ClosePort());
                Put(new Output.SendUpdate(Stanza(JabberFsState.Timeout)));
                if (_swapped) End(FailureReason.NoMethod, null, byPeer: false, "nobody could connect to the other side");
                else _state = new AwaitingSwap(now + terms.SwapTimeout);
                break;
            case AwaitingPort:
                Stop(FailureReason.NoMethod, JabberFsAbort.Unreachable, "the peer opened no port");
                break;
            case AwaitingSwap:
                Stop(FailureReason.NoMethod, JabberFsAbort.Unreachable, "the peer could not connect and opened no port of its own");
                break;
            case AwaitingComplete when _sessionLost:
                Finish(confirmed: false); // it could not tell us; its close in order was all we could hear
                break;
            case AwaitingComplete:
                End(FailureReason.Timeout, null, byPeer: true, "the peer took every byte and did not say that it has the file");
                break;
            case Completing:
                Finish(confirmed: true);
                break;
            default:
                break;
        }
    }

    private void Disturbed(Input input, DateTimeOffset now)
    {
        switch (_state, input)
        {
            case (Over, _):
                break;
            case (Completing, not Input.Failed):
                Finish(confirmed: true);
                break;
            case (Completing, _):
                break; // too late to fail
            case (Streaming, Input.Failed { Tell: null }) when _receipt is not null:
                Finish(confirmed: true);
                break;
            case (Streaming { PortClosed: true }, Input.Failed { Tell: null } failed):
                Stop(failed.Reason, JabberFsAbort.Unreachable, failed.Text);
                break;
            case (Streaming, Input.Failed { Tell: null } failed) when !terms.IsSender && IsNative:
                // A sender whose bytes were all on the way would wait a minute for our word.
                Stop(failed.Reason, JabberFsAbort.Error, failed.Text);
                break;
            case (_, Input.Failed failed):
                Stop(failed.Reason, failed.Tell, failed.Text);
                break;
            case (_, Input.Cancel):
                Stop(FailureReason.Cancelled, JabberFsAbort.Cancelled, "cancelled");
                break;
            case (AwaitingComplete waiting, Input.SessionLost):
                _sessionLost = true;
                var atMost = now + terms.AcknowledgeTimeout;
                if (atMost < waiting.Deadline) _state = new AwaitingComplete(atMost);
                break;
            case (Streaming or Verifying, Input.SessionLost):
                _sessionLost = true;
                break;
            case (_, Input.SessionLost):
                Release();
                End(FailureReason.StreamLost, null, byPeer: false, "the XMPP stream was lost");
                break;
            case (Streaming or Verifying, Input.PeerGone):
                break; // its bytes tell whether it is there
            default:
                Release();
                End(FailureReason.Absent, null, byPeer: true, "the peer went offline");
                break;
        }
    }

    // Every byte is where it belongs, or none had to go.
    private void Settle(DateTimeOffset now)
    {
        if (!terms.IsSender)
        {
            _state = new Verifying();
            Put(new Output.Verify());
        }
        else if (_receipt is not null || !IsNative)
        {
            Finish(confirmed: _receipt is not null);
        }
        else
        {
            // Its word may have gone with the session: then its close in order stands for it, soon.
            _state = new AwaitingComplete(now + (_sessionLost ? terms.AcknowledgeTimeout : terms.CompleteTimeout));
        }
    }

    private void Completed(IReadOnlyList<FileHash> hashes, DateTimeOffset now)
    {
        if (!IsNative)
        {
            Finish(confirmed: true);
            return;
        }

        _state = new Completing(now + terms.AcknowledgeTimeout);
        Put(new Output.SendUpdate(Stanza(JabberFsState.Complete) with { Size = _size, Hashes = hashes }));
    }

    private void Stream()
    {
        _state = new Streaming();
        Put(new Output.Move(_start ?? 0, _size));
    }

    private void OpenPort()
    {
        _state = new OpeningPort(null);
        Put(new Output.OpenPort());
    }

    private void ConnectTo(JabberFsStanza port)
    {
        _state = new Connecting();
        _peersPort = (port.Port, port.Token);
        Put(new Output.Connect(port.Hosts, port.Port!.Value, port.Token));
    }

    private void TrySwap(string text)
    {
        if (_swapped)
        {
            Stop(FailureReason.NoMethod, JabberFsAbort.Unreachable, text);
            return;
        }

        _swapped = true;
        Release();
        OpenPort();
    }

    private void Stop(FailureReason reason, JabberFsAbort? tell, string text, bool byPeer = false)
    {
        Release();
        if (IsUnanswered) Put(new Output.SendAnswer(Abort(tell ?? JabberFsAbort.Error)));
        else if (tell is not null && _state is not Idle) Put(new Output.SendUpdate(Abort(tell.Value)));
        End(reason, null, byPeer, text);
    }

    private bool IsUnanswered => _state is Asking or OpeningPort { Accepted: not null };

    private void Release()
    {
        if (_state is OpeningPort or Listening) Put(new Output.ClosePort());
        else if (_state is Connecting or Streaming) Put(new Output.Drop());
    }

    private void Finish(bool confirmed)
    {
        _state = new Over();
        Put(new Output.Done(confirmed, _receipt ?? []));
    }

    private void End(FailureReason reason, JabberFsAbort? told, bool byPeer, string text, bool forNow = false)
    {
        _state = new Over();
        Put(new Output.Ended(reason, told, byPeer, text) { ForNow = forNow });
    }

    private JabberFsStanza Stanza(JabberFsState state) => new(terms.Proposal.Sid, state);

    private JabberFsStanza Abort(JabberFsAbort reason) => Stanza(JabberFsState.Abort) with { Reason = reason };

    private JabberFsStanza Port(Input.PortOpen open) => Stanza(JabberFsState.Listening) with
    {
        Hosts = open.Hosts, Port = open.Port, Token = open.Token, Name = terms.Dialect == JabberFsDialect.Legacy ? terms.Proposal.Name : null, Size = _size, Start = _start,
    };

    private JabberFsStanza Answer(JabberFsState state, Input.Accept accept) => Stanza(state) with
    {
        Name = terms.Proposal.Name, Size = accept.Size, Start = accept.Start, Hashes = accept.Hashes, PrefixHashes = accept.PrefixHashes, Modified = accept.Modified,
    };

    private void Acknowledge(Input.Arrived arrived) => Put(new Output.Acknowledge(arrived.RequestId));

    private void Refuse(Input.Arrived arrived) => Put(new Output.RefuseUpdate(arrived.RequestId, _state is Over ? Unknown : Unexpected));

    private void Put(Output output) => (_outputs ??= new List<Output>(2)).Add(output);
}
