using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Input = Ferry.Protocol.InBand.InBandSenderInput;
using Output = Ferry.Protocol.InBand.InBandSenderOutput;

namespace Ferry.Protocol.InBand;

/// <summary>
/// The sending side of an in-band bytestream (XEP-0047), without I/O.
/// <para>
/// Theory of operation. Idle → Opening → Open → Closing → Ended. A refused open is tried again with iqs instead of messages, or with half the
/// block, down to 256 bytes. In Open three things alternate: a block is asked for (at most one at a time) while the window has room; it is
/// sent when it comes; its acknowledgement opens the window. Numbers go 65535, 0. A block refused with an error of type wait is sent again
/// after 2, 5 and 10 seconds, but only when none was sent after it: nothing else may have overtaken it. Messages have no answers, so every
/// 16 of them a ping must be answered before more are sent, and one at the end. Close is sent when everything is acknowledged, since clients
/// drop what they have queued when it comes; <see cref="Output.Delivered"/> goes with it, because many never answer it. Where the number of bytes is
/// known they are everything, and the source is not asked for its end.
/// </para>
/// <para>
/// The word of the receiver. An acknowledgement says that bytes came, the answer to the close that they were kept: of a stream whose size nobody said
/// only that one counts, and from a peer that is known to mean it also of others. A receiver that closes instead, or answers with
/// internal-server-error, has given up; other errors come from clients that mean nothing by them. A peer that goes when everything is sent, and
/// something not acknowledged, may have all of it: Open or Closing → Asking, where the close is sent, more and more seldom, until somebody answers
/// it who knows.
/// </para>
/// <para>
/// To drive it: one loop owns it. Hand in an input, carry out the outputs in order, then the next input; between inputs wait until
/// <see cref="NextDeadline"/> and hand in Tick. Stanzas that are waiting go before Tick. The machine holds no bytes: keep each block from
/// SendData until BlockAcked (with messages: drop it at once), since ResendData may ask for it. What others do is taken in any state, and
/// ignored where it is late; what only the driver can get wrong (Start twice, a block that was not asked for) throws.
/// </para>
/// </summary>
public sealed class InBandSender(InBandSenderOptions options)
{
    private const int MessagesPerPing = 16;
    private static readonly TimeSpan[] RetryAfter = [TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)];

    private static readonly TimeSpan[] AskAfter = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(15)];

    private State _state = new Idle();
    private List<Output>? _outputs;

    private abstract record State;

    private sealed record Idle : State;

    private sealed record Opening(int BlockSize, InBandStanza Stanza, DateTimeOffset Deadline) : State;

    // Mutable, so that a block costs no allocation here.
    private sealed record Open(int BlockSize, InBandStanza Stanza, InBandWindow Window) : State
    {
        public bool BlockAsked { get; set; }

        /// <summary>A block that the driver has read and that must wait: its length.</summary>
        public int? Held { get; set; }

        public bool SourceEnded { get; set; }

        public bool AllSent => SourceEnded && Held is null && !BlockAsked;

        public long Sent { get; set; }

        public Retry? Retry { get; set; }

        public int Unpinged { get; set; }

        public DateTimeOffset? PingedAt { get; set; }
    }

    private sealed record Closing(DateTimeOffset Deadline) : State;

    /// <param name="Open">Where acknowledgements may still come; null: all did.</param>
    /// <param name="Reason">How it ends where nobody answers.</param>
    /// <param name="Until">And when.</param>
    private sealed record Asking(Open? Open, FailureReason Reason, DateTimeOffset Until) : State
    {
        public int Asked { get; set; }

        /// <summary>When to ask; null while an answer is due.</summary>
        public DateTimeOffset? Next { get; set; }
    }

    private sealed record Ended : State;

    /// <param name="Until">When to send it again; null while it is under way again.</param>
    private sealed record Retry(ushort Seq, int Attempt, DateTimeOffset? Until);

    /// <summary>When to hand in Tick; null: nothing is waited for but the driver.</summary>
    public DateTimeOffset? NextDeadline => _state switch
    {
        Opening opening => opening.Deadline,
        Open { Retry.Until: { } until } => until,
        Open { Stanza: InBandStanza.Iq, Window.Count: > 0 } open => open.Window.LastProgress + options.AckTimeout,
        Open { PingedAt: { } pinged } => pinged + options.AckTimeout,
        Closing closing => closing.Deadline,
        Asking { Next: { } next } asking when next < asking.Until => next,
        Asking asking => asking.Until,
        _ => null,
    };

    /// <summary>Whether <see cref="Output.Ended"/> was put out.</summary>
    public bool IsOver => _state is Ended;

    /// <summary>Takes one input; the outputs are to be carried out in their order.</summary>
    /// <exception cref="InvalidOperationException">The driver did what it was not asked for.</exception>
    public IReadOnlyList<Output> Handle(Input input, DateTimeOffset now)
    {
        _outputs = null;
        switch (_state, input)
        {
            case (Ended, _):
                break;
            case (Closing closing, _):
                HandleClosing(closing, input, now);
                break;
            case (Asking asking, _):
                HandleAsking(asking, input, now);
                break;
            case (Open { AllSent: true } open, Input.StreamLost):
                LoseSight(open, FailureReason.StreamLost, now);
                break;
            case (Open { AllSent: true } open, Input.PeerGone):
                LoseSight(open, FailureReason.Absent, now);
                break;
            case (_, Input.StreamLost):
                End(FailureReason.StreamLost, "the XMPP stream was lost");
                break;
            case (_, Input.PeerGone):
                End(FailureReason.Absent, "the peer went offline");
                break;
            case (Idle, Input.Cancel):
                End(FailureReason.Cancelled, "cancelled");
                break;
            case (Opening or Open, Input.Cancel):
                Put(new Output.SendClose());
                End(FailureReason.Cancelled, "cancelled");
                break;
            case (Idle, Input.Start):
                SendOpen(options.BlockSize, options.Stanza, now);
                break;
            case (Opening opening, _):
                HandleOpening(opening, input, now);
                break;
            case (Open open, _):
                HandleOpen(open, input, now);
                break;
            case (_, Input.Tick or Input.PeerBack or Input.PeerClosed or Input.OpenAnswered or Input.OpenRefused or Input.BlockAcked or Input.BlockRefused
                or Input.PingAnswered or Input.CloseAnswered):
                break; // late answers: the state has moved on
            default:
                throw Misuse(input);
        }

        return (IReadOnlyList<Output>?)_outputs ?? [];
    }

    private void HandleOpening(Opening opening, Input input, DateTimeOffset now)
    {
        switch (input)
        {
            case Input.OpenAnswered:
                _state = new Open(opening.BlockSize, opening.Stanza, new InBandWindow(opening.BlockSize, options.MaxWindowBytes, now));
                Continue((Open)_state, now);
                break;
            case Input.OpenRefused(var error):
                OpenRefused(opening, error, now);
                break;
            case Input.PeerClosed:
                End(FailureReason.Refused, "the peer closed the stream before it was open", refusedOpen: true);
                break;
            case Input.Tick:
                if (now < opening.Deadline) break;
                Put(new Output.SendClose());
                End(FailureReason.Timeout, "the peer did not answer the open");
                break;
            case Input.BlockAcked or Input.BlockRefused or Input.PingAnswered or Input.CloseAnswered or Input.PeerBack:
                break;
            default:
                throw Misuse(input);
        }
    }

    private void OpenRefused(Opening opening, StanzaError error, DateTimeOffset now)
    {
        if (error.Condition == ErrorCondition.ResourceConstraint && opening.BlockSize / 2 >= InBandSenderOptions.MinBlockSize)
        {
            SendOpen(opening.BlockSize / 2, opening.Stanza, now);
        }
        else if (opening.Stanza == InBandStanza.Message && error.Condition is (ErrorCondition.FeatureNotImplemented or ErrorCondition.ServiceUnavailable))
        {
            SendOpen(opening.BlockSize, InBandStanza.Iq, now);
        }
        else
        {
            End(InBandErrors.ReasonOf(error), $"the peer refused the in-band stream: {error}", refusedOpen: true);
        }
    }

    private void HandleOpen(Open open, Input input, DateTimeOffset now)
    {
        switch (input)
        {
            case Input.BlockReady(var length) when open.BlockAsked && length >= 1 && length <= open.BlockSize:
                open.BlockAsked = false;
                if (open.Retry is not null) open.Held = length;
                else Send(open, length, now);
                break;
            case Input.SourceEnded when open.BlockAsked:
                open.BlockAsked = false;
                open.SourceEnded = true;
                break;
            case Input.BlockAcked(var seq):
                if (open.Stanza == InBandStanza.Message || !open.Window.Holds(seq)) return;
                open.Window.Acknowledge(seq, now);
                if (open.Retry?.Seq == seq) open.Retry = null;
                break;
            case Input.BlockRefused(var seq, var error):
                BlockRefused(open, seq, error, now);
                break;
            case Input.PingAnswered:
                if (open.PingedAt is null) return;
                open.PingedAt = null;
                open.Unpinged = 0;
                while (open.Window.Count > 0) open.Window.Acknowledge(unchecked((ushort)(open.Window.NextSeq - open.Window.Count)), now);
                break;
            case Input.PeerClosed:
                End(FailureReason.CancelledByPeer, "the peer closed the stream before it had everything");
                break;
            case Input.Tick:
                Tick(open, now);
                break;
            case Input.OpenAnswered or Input.OpenRefused or Input.CloseAnswered or Input.PeerBack:
                return; // a stray second answer
            default:
                throw Misuse(input);
        }

        if (_state == open) Continue(open, now);
    }

    private void Tick(Open open, DateTimeOffset now)
    {
        if (NextDeadline is not { } deadline || now < deadline) return;
        if (open.Retry is { Until: not null } retry)
        {
            open.Retry = retry with { Until = null };
            open.Window.Resend(retry.Seq, now);
            Put(new Output.ResendData(retry.Seq));
            return;
        }

        Put(new Output.SendClose());
        End(FailureReason.Stalled, open.AllSent ? Unconfirmed(FailureReason.Stalled) : "the peer acknowledged nothing any more");
    }

    private void BlockRefused(Open open, ushort seq, StanzaError error, DateTimeOffset now)
    {
        if (open.Stanza == InBandStanza.Iq && !open.Window.Holds(seq)) return; // an answer to what was answered already
        var attempt = open.Retry?.Seq == seq ? open.Retry.Attempt : 0;
        if (open.Stanza == InBandStanza.Iq && error.Type == ErrorType.Wait && attempt < RetryAfter.Length && open.Window.IsLast(seq))
        {
            open.Retry = new Retry(seq, attempt + 1, now + RetryAfter[attempt]);
            return;
        }

        // Of an open stream this is what a server says whose user has gone.
        var reason = error.Condition == ErrorCondition.ServiceUnavailable ? FailureReason.Absent : InBandErrors.ReasonOf(error);
        if (reason == FailureReason.Absent && open.AllSent && options.TellsWhetherKept)
        {
            LoseSight(open, reason, now);
            return;
        }

        Put(new Output.SendClose());
        End(reason, $"the peer refused a block: {error}");
    }

    private void HandleClosing(Closing closing, Input input, DateTimeOffset now)
    {
        switch (input)
        {
            case Input.PeerClosed when options.ExpectedBytes is null:
                NotKept("it closed the stream");
                break;
            case Input.CloseAnswered { Error: { Condition: ErrorCondition.InternalServerError } error } when WordCounts:
                NotKept(error.ToString());
                break;
            case Input.CloseAnswered({ } error) when options.ExpectedBytes is null && options.TellsWhetherKept:
                LoseSight(null, FailureReason.Absent, now);
                HandleWord((Asking)_state, error, now);
                break;
            case Input.PeerGone or Input.StreamLost when options.ExpectedBytes is null && options.TellsWhetherKept:
                LoseSight(null, input is Input.PeerGone ? FailureReason.Absent : FailureReason.StreamLost, now);
                break;
            case Input.CloseAnswered or Input.PeerClosed or Input.PeerGone or Input.StreamLost or Input.Cancel:
                End(null, null);
                break;
            case Input.Tick:
                if (now < closing.Deadline) break;
                if (options.ExpectedBytes is null && options.TellsWhetherKept) End(FailureReason.Stalled, Unconfirmed(FailureReason.Stalled));
                else End(null, null);
                break;
            case Input.OpenAnswered or Input.OpenRefused or Input.BlockAcked or Input.BlockRefused or Input.PingAnswered or Input.PeerBack:
                break;
            default:
                throw Misuse(input);
        }
    }

    private bool WordCounts => options.ExpectedBytes is null || options.AwaitsWord;

    private void LoseSight(Open? open, FailureReason reason, DateTimeOffset now)
    {
        if (options.TellsWhetherKept) _state = new Asking(open, reason, now + options.ReturnTimeout) { Next = now + AskAfter[0] };
        else End(reason, Unconfirmed(reason));
    }

    private void HandleAsking(Asking asking, Input input, DateTimeOffset now)
    {
        switch (input)
        {
            case Input.Tick:
                if (now >= asking.Until) End(asking.Reason, Unconfirmed(asking.Reason));
                else if (now >= asking.Next) Ask(asking);
                break;
            case Input.PeerBack when asking.Next is not null:
                Ask(asking);
                break;
            case Input.CloseAnswered({ } error):
                HandleWord(asking, error, now);
                break;
            case Input.CloseAnswered:
                End(null, null);
                break;
            // As over a stream that was resumed after all.
            case Input.BlockAcked(var seq) when asking.Open is { Stanza: InBandStanza.Iq } open && open.Window.Holds(seq):
                open.Window.Acknowledge(seq, now);
                if (open.Window.Count == 0) Close(now);
                break;
            case Input.PeerClosed:
                NotKept("it closed the stream");
                break;
            case Input.Cancel:
                End(FailureReason.Cancelled, "cancelled");
                break;
            case Input.StreamLost:
                AskLater(asking, now); // what was asked over it is not answered any more
                break;
            case Input.BlockAcked or Input.BlockRefused or Input.PingAnswered or Input.PeerGone or Input.PeerBack or Input.OpenAnswered or Input.OpenRefused:
                break;
            default:
                throw Misuse(input);
        }
    }

    private void HandleWord(Asking asking, StanzaError error, DateTimeOffset now)
    {
        if (error.Condition == ErrorCondition.InternalServerError) NotKept(error.ToString());
        else if (error.Type == ErrorType.Wait || IsAway(error)) AskLater(asking, now);
        else End(asking.Reason, $"{Unconfirmed(asking.Reason)}, and knows nothing of it now");
    }

    // What servers say for somebody who is not there; a client that is there has an answer of its own.
    private static bool IsAway(StanzaError error) => error.Condition
        is ErrorCondition.ServiceUnavailable or ErrorCondition.RecipientUnavailable or ErrorCondition.RemoteServerNotFound or ErrorCondition.RemoteServerTimeout or ErrorCondition.Gone;

    private void Ask(Asking asking)
    {
        asking.Next = null;
        asking.Asked++;
        Put(new Output.SendClose());
    }

    private static void AskLater(Asking asking, DateTimeOffset now) => asking.Next ??= now + AskAfter[Math.Min(asking.Asked, AskAfter.Length - 1)];

    private static string Unconfirmed(FailureReason reason) => "everything was sent, but the other end has not confirmed that it kept it: " + reason switch
    {
        FailureReason.Absent => "it went offline",
        FailureReason.StreamLost => "our XMPP stream was lost",
        _ => "it acknowledged nothing any more",
    };

    // Everything that the state allows now: a held block, the next one, a ping, the close.
    private void Continue(Open open, DateTimeOffset now)
    {
        if (open.Retry is not null) return;
        if (open.Held is { } held)
        {
            open.Held = null;
            Send(open, held, now);
        }

        var pingDue = open.Stanza == InBandStanza.Message && (open.Unpinged >= MessagesPerPing || (open.SourceEnded && open.Unpinged > 0));
        if (pingDue && open.PingedAt is null)
        {
            open.PingedAt = now;
            Put(new Output.SendPing());
        }

        if (open.SourceEnded)
        {
            if (open.Window.Count > 0 || open.PingedAt is not null) return;
            Close(now);
        }
        else if (!open.BlockAsked && open.PingedAt is null && (open.Stanza == InBandStanza.Message || open.Window.HasRoom))
        {
            open.BlockAsked = true;
            Put(new Output.NeedBlock(open.BlockSize));
        }
    }

    private void Close(DateTimeOffset now)
    {
        if (!WordCounts) Put(new Output.Delivered());
        Put(new Output.SendClose());
        _state = new Closing(now + options.CloseTimeout);
    }

    private void Send(Open open, int length, DateTimeOffset now)
    {
        if (open.Stanza == InBandStanza.Message) open.Unpinged++;
        Put(new Output.SendData(open.Window.Send(length, now)));
        open.Sent += length;
        // Not asked for another one: a receiver that has everything may be gone before the source has said that it ended.
        if (open.Sent == options.ExpectedBytes) open.SourceEnded = true;
    }

    private void SendOpen(int blockSize, InBandStanza stanza, DateTimeOffset now)
    {
        _state = new Opening(blockSize, stanza, now + options.OpenTimeout);
        Put(new Output.SendOpen(blockSize, stanza));
    }

    private void End(FailureReason? reason, string? text, bool refusedOpen = false)
    {
        _state = new Ended();
        Put(new Output.Ended(reason, text, refusedOpen));
    }

    private void NotKept(string why) => End(FailureReason.CancelledByPeer, $"the peer did not keep what it got: {why}");

    private void Put(Output output) => (_outputs ??= new List<Output>(2)).Add(output);

    private InvalidOperationException Misuse(Input input) => new($"{input.GetType().Name} in state {_state.GetType().Name}");
}
