using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Input = Ferry.Protocol.InBand.InBandReceiverInput;
using Output = Ferry.Protocol.InBand.InBandReceiverOutput;

namespace Ferry.Protocol.InBand;

/// <summary>
/// The receiving side of an in-band bytestream (XEP-0047), without I/O.
/// <para>
/// Theory of operation. Expecting → Open → Ended. Only the next number is taken, compared modulo 65536, since some wrap and some count on.
/// The stream is complete when the expected bytes have come, whether or not a close follows; where their number is not known, at the close.
/// A close before that is a failure that keeps what came. A wrong number, an unreadable block or a byte too many is answered by its error
/// (blocks in messages have no answer), then by a close, and ends the stream. Time counts only while the peer owes something: not while
/// taken blocks wait for room on our side.
/// </para>
/// <para>
/// To drive it: one loop owns it; stanzas of the stream by (sid, from) go in, outputs are carried out in order, Tick at
/// <see cref="NextDeadline"/> after the stanzas that are waiting. After the end it may be kept for a while: it goes on answering closes and
/// refusing blocks.
/// </para>
/// </summary>
public sealed class InBandReceiver(InBandReceiverOptions options)
{
    private const uint SeqCount = 65536;

    private State _state = new Expecting(null);
    private List<Output>? _outputs;

    private abstract record State;

    private sealed record Expecting(DateTimeOffset? Deadline) : State;

    // Mutable, so that a block costs no allocation here.
    private sealed record Open(int BlockSize) : State
    {
        public uint NextSeq { get; set; }

        public int Unstored { get; set; }

        public DateTimeOffset LastLife { get; set; }
    }

    private sealed record Ended : State;

    /// <summary>Bytes taken so far.</summary>
    public long Received { get; private set; }

    /// <summary>The agreed block size: the bound for <see cref="InBandData.TryParse"/>; null before the open was accepted and after the end.</summary>
    public int? BlockSize => (_state as Open)?.BlockSize;

    /// <summary>Whether <see cref="Output.Ended"/> was put out.</summary>
    public bool IsOver => _state is Ended;

    /// <summary>When to hand in Tick; null: nothing is due from the peer.</summary>
    public DateTimeOffset? NextDeadline => _state switch
    {
        Expecting expecting => expecting.Deadline,
        Open { Unstored: 0 } open => open.LastLife + options.IdleTimeout,
        _ => null,
    };

    /// <summary>Takes one input; the outputs are to be carried out in their order.</summary>
    /// <exception cref="InvalidOperationException">The driver did what it was not asked for.</exception>
    public IReadOnlyList<Output> Handle(Input input, DateTimeOffset now)
    {
        _outputs = null;
        switch (_state, input)
        {
            case (Ended, Input.CloseArrived):
                Put(new Output.AnswerClose());
                break;
            case (Ended, Input.Opened):
                Put(new Output.RefuseOpen(InBandErrors.NotWanted));
                break;
            case (Ended, Input.BlockArrived { Stanza: InBandStanza.Iq } or Input.BlockUnreadable { Stanza: InBandStanza.Iq }):
                Put(new Output.RefuseBlock(InBandErrors.UnknownStream));
                break;
            case (Ended, _):
                break;
            case (_, Input.StreamLost):
                End(FailureReason.StreamLost, "the XMPP stream was lost");
                break;
            case (_, Input.PeerGone):
                End(FailureReason.Absent, "the peer went offline");
                break;
            case (Expecting, Input.Cancel):
                End(FailureReason.Cancelled, "cancelled");
                break;
            case (Open, Input.Cancel):
                Put(new Output.SendClose());
                End(FailureReason.Cancelled, "cancelled");
                break;
            case (Expecting expecting, _):
                HandleExpecting(expecting, input, now);
                break;
            case (Open open, _):
                HandleOpen(open, input, now);
                break;
            default:
                throw Misuse(input);
        }

        return (IReadOnlyList<Output>?)_outputs ?? [];
    }

    private void HandleExpecting(Expecting expecting, Input input, DateTimeOffset now)
    {
        switch (input)
        {
            case Input.Opened({ BlockSize: var size }) when size > options.MaxBlockSize:
                _state = new Expecting(now + options.IdleTimeout);
                Put(new Output.RefuseOpen(InBandErrors.BlockTooLarge));
                break;
            case Input.Opened({ BlockSize: var size }):
                _state = new Open(size) { LastLife = now };
                Put(new Output.AcceptOpen());
                if (options.ExpectedBytes == 0) End(null, null);
                break;
            case Input.BlockArrived { Stanza: InBandStanza.Iq } or Input.BlockUnreadable { Stanza: InBandStanza.Iq }:
                Put(new Output.RefuseBlock(InBandErrors.UnknownStream));
                break;
            case Input.BlockArrived or Input.BlockUnreadable:
                break;
            case Input.CloseArrived:
                Put(new Output.AnswerClose());
                End(FailureReason.CancelledByPeer, "the peer closed the stream before it was open");
                break;
            case Input.Tick:
                if (now >= expecting.Deadline) End(FailureReason.Timeout, "the peer did not open the stream");
                break;
            default:
                throw Misuse(input);
        }
    }

    private void HandleOpen(Open open, Input input, DateTimeOffset now)
    {
        switch (input)
        {
            case Input.BlockArrived block:
                open.LastLife = now;
                Take(open, block);
                break;
            case Input.BlockUnreadable(var error, var stanza):
                Violation(error, stanza, FailureReason.Protocol, $"a block could not be read: {error}");
                break;
            case Input.BlockStored when open.Unstored > 0:
                open.Unstored--;
                open.LastLife = now;
                break;
            case Input.CloseArrived:
                Put(new Output.AnswerClose());
                if (options.ExpectedBytes is { } expected) End(FailureReason.CancelledByPeer, $"the peer closed the stream after {Received} of {expected} bytes");
                else End(null, null);
                break;
            case Input.Opened:
                Put(new Output.RefuseOpen(InBandErrors.OutOfOrder));
                break;
            case Input.Tick:
                if (NextDeadline is not { } deadline || now < deadline) break;
                Put(new Output.SendClose());
                End(FailureReason.Stalled, "no block came any more");
                break;
            default:
                throw Misuse(input);
        }
    }

    private void Take(Open open, Input.BlockArrived block)
    {
        var seq = block.Seq % SeqCount;
        var skipped = options.SkipsLastSeq && open.NextSeq == SeqCount - 1 && seq == 0;
        if (seq != open.NextSeq && !skipped)
        {
            Violation(InBandErrors.OutOfOrder, block.Stanza, FailureReason.Protocol, $"block {seq} came where {open.NextSeq} was due");
        }
        else if (block.Length > open.BlockSize)
        {
            Violation(InBandErrors.TooMuch, block.Stanza, FailureReason.Protocol, "a block was larger than agreed");
        }
        else if (options.ExpectedBytes is { } expected && block.Length > expected - Received)
        {
            Violation(InBandErrors.TooMuch, block.Stanza, FailureReason.Mismatch, $"more than the offered {expected} bytes came");
        }
        else if (block.Length > options.MaxBytes - Received)
        {
            Violation(InBandErrors.TooMuch, block.Stanza, FailureReason.TooLarge, $"more than {options.MaxBytes} bytes came");
        }
        else
        {
            open.NextSeq = (seq + 1) % SeqCount;
            open.Unstored++;
            Received += block.Length;
            Put(new Output.TakeBlock());
            if (Received == options.ExpectedBytes) End(null, null);
        }
    }

    private void Violation(StanzaError error, InBandStanza stanza, FailureReason reason, string text)
    {
        if (stanza == InBandStanza.Iq) Put(new Output.RefuseBlock(error));
        Put(new Output.SendClose());
        End(reason, text);
    }

    private void End(FailureReason? reason, string? text)
    {
        _state = new Ended();
        Put(new Output.Ended(reason, text, Received));
    }

    private void Put(Output output) => (_outputs ??= new List<Output>(2)).Add(output);

    private InvalidOperationException Misuse(Input input) => new($"{input.GetType().Name} in state {_state.GetType().Name}");
}
