using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Channels;
using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.InBand;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Input = Ferry.Protocol.InBand.InBandReceiverInput;
using Output = Ferry.Protocol.InBand.InBandReceiverOutput;

namespace Ferry.Methods.InBand;

/// <summary>
/// The loop that owns one <see cref="InBandReceiver"/>. Blocks are acknowledged when they are in the pipe that the receiver of the file reads
/// from; a full pipe delays the acknowledgement, which is the flow control. Peers that send on without acknowledgements are bounded by
/// <see cref="InboxBytes"/>.
/// </summary>
internal sealed class InBandReceiveStream : IInBandStream
{
    /// <summary>Bytes on the wire that may wait for the loop: a peer that sends everything at once gets this far.</summary>
    public const int InboxBytes = 16 * 1024 * 1024;

    /// <summary>Bytes that are best read at once: a block or two.</summary>
    public const int BufferSize = 64 * 1024;

    /// <summary>What a block takes besides its text.</summary>
    private const int BlockOverhead = 512;

    /// <summary>Bytes in the pipe at which acknowledgements wait; they go on at half of it.</summary>
    private const int PipeBytes = 1024 * 1024;

    /// <summary>Of the pipe's memory, which the pool takes back; a block is in one piece or two.</summary>
    private const int SegmentBytes = 32 * 1024;

    /// <summary>How long the peer's close is waited for when everything came: it is on its way, and wants its answer.</summary>
    private static readonly TimeSpan CloseWait = TimeSpan.FromSeconds(2);

    /// <summary>What the sender is told of its bytes.</summary>
    private const int Undecided = 0;
    private const int Kept = 1;
    private const int NotKept = 2;

    private static readonly Arrival Tick = new(new Input.Tick(), null, null);

    private readonly StanzaSession _session;
    private readonly SessionBinding _binding;
    private readonly StreamOpening _opening;
    private readonly TimeProvider _time;
    private readonly Action<Jid, string, bool> _ended;
    private readonly InBandReceiver _machine;
    private readonly Deadline _deadline;
    private readonly Channel<Arrival> _inputs = Channel.CreateUnbounded<Arrival>(new UnboundedChannelOptions { SingleReader = true }); // bounded by InboxBytes

    // Inline: whoever stores the bytes is called by the loop that brings them, and what it does (write to a file, hash) is done sooner than a thread is woken.
    private readonly Pipe _pipe = new(new PipeOptions(
        readerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: PipeBytes,
        resumeWriterThreshold: PipeBytes / 2,
        minimumSegmentSize: SegmentBytes,
        useSynchronizationContext: false));
    private readonly TaskCompletionSource<MethodFailure?> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<MethodFailure?> _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _excess = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly InBandRepeats _repeats = new();
    private readonly IDisposable _presence;
    private volatile MethodFailure? _failure;
    private long _inbox;
    private int _closeArrived;
    private int _overrun;
    private Iq? _closeOwed;
    private int _word = Undecided;
    private Task _loop = Task.CompletedTask;

    public InBandReceiveStream(
        StanzaSession session, StreamOpening opening, InBandReceiverOptions options, TimeProvider time, PresenceBook presence, Action<Jid, string, bool> ended)
    {
        _session = session;
        _binding = session.Binding;
        _opening = opening;
        _time = time;
        _ended = ended;
        _machine = new InBandReceiver(options);
        _deadline = new Deadline(time, () => Post(Tick));
        Bytes = new EndingStream(_pipe.Reader.AsStream(leaveOpen: true), () => _failure);
        _presence = presence.Watch(opening.Peer.Jid, heard =>
        {
            if (!heard.IsAvailable && heard.From == opening.Peer.Jid) Post(new Arrival(new Input.PeerGone(), null, null));
        });
    }

    /// <inheritdoc/>
    public Stream Bytes { get; }

    /// <inheritdoc/>
    public Task<MethodFailure?> Over => _over.Task;

    /// <summary>Answers the open; null when the stream is open.</summary>
    public async Task<MethodFailure?> OpenAsync(Iq request, InBandOpen open, CancellationToken cancellationToken)
    {
        _loop = Task.Run(RunAsync, CancellationToken.None);
        Post(new Arrival(new Input.Opened(open), request, null));
        try
        {
            return await _opened.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens the stream as the receiver, with smaller blocks where the peer wants them; null when it is open.</summary>
    public async Task<MethodFailure?> AskAsync(InBandOpen open, TimeSpan timeout, CancellationToken cancellationToken)
    {
        _loop = Task.Run(RunAsync, CancellationToken.None);
        Action forget = () => { };
        try
        {
            while (true)
            {
                var smaller = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                forget = await AskOnceAsync(open, smaller).ConfigureAwait(false);
                await Task.WhenAny(_opened.Task, smaller.Task).WaitAsync(timeout, _time, cancellationToken).ConfigureAwait(false);
                if (_opened.Task.IsCompleted) return await _opened.Task.ConfigureAwait(false);
                open = open with { BlockSize = open.BlockSize / 2 };
            }
        }
        catch (TimeoutException)
        {
            return new MethodFailure(FailureReason.Timeout, Side.Peer, "the peer did not answer the open of the in-band stream");
        }
        catch (OperationCanceledException)
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            forget();
        }
    }

    /// <inheritdoc/>
    public Iq? Data(Iq iq)
    {
        if (!Admit(iq.Payload!)) return iq.Refuse(ErrorType.Wait, ErrorCondition.ResourceConstraint, "too many blocks without acknowledgement");
        // After the end nobody reads the inbox any more, and every block wants its answer.
        return Post(new Arrival(null, iq, iq.Payload)) ? null : iq.Refuse(InBandErrors.UnknownStream);
    }

    /// <inheritdoc/>
    public void Data(Element data)
    {
        if (Admit(data)) Post(new Arrival(null, null, data));
    }

    /// <inheritdoc/>
    public Iq? Close(Iq iq)
    {
        // One is enough for the loop; a peer that goes on closing does not fill its inbox.
        if (Interlocked.Exchange(ref _closeArrived, 1) == 0 && Post(new Arrival(new Input.CloseArrived(), iq, null))) return null;
        return Word(iq);
    }

    /// <inheritdoc/>
    public async Task<MethodFailure?> CompleteAsync(CancellationToken cancellationToken)
    {
        var failure = await _over.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (failure is not null) await SettleAsync(kept: false).ConfigureAwait(false);
        return failure;
    }

    /// <summary>Answers the peer's close by whether the bytes were kept, now or, for a while, when it comes.</summary>
    public async Task SettleAsync(bool kept, CancellationToken cancellationToken)
    {
        await SettleAsync(kept).ConfigureAwait(false);
        if (!kept) return;
        try
        {
            await Task.WhenAny(_closed.Task, _binding.Lost).WaitAsync(CloseWait, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception enough) when (enough is TimeoutException or OperationCanceledException)
        {
            // Some never close; everything is here.
        }
    }

    /// <summary>
    /// When everything expected has come: true at a block too many, false at the close, null when neither comes within that time.
    /// </summary>
    public async Task<bool?> HasMoreAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAny(_excess.Task, _closed.Task, _binding.Lost).WaitAsync(wait, _time, cancellationToken).ConfigureAwait(false);
            return _excess.Task.IsCompleted;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task AbortAsync()
    {
        Post(new Arrival(new Input.Cancel(), null, null));
        // The loop may be waiting for room in the pipe that nobody reads any more.
        await _pipe.Reader.CompleteAsync().ConfigureAwait(false);
        await _over.Task.ConfigureAwait(false);
        await SettleAsync(kept: false).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_over.Task.IsCompleted) await AbortAsync().ConfigureAwait(false);
        await _pipe.Reader.CompleteAsync().ConfigureAwait(false);
        if (!_stop.IsCancellationRequested) await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        await SettleAsync(kept: false).ConfigureAwait(false);
        _deadline.Dispose();
        _presence.Dispose();
    }

    // The answer to the close is the sender's only sign that all was kept. The first word counts.
    private async ValueTask SettleAsync(bool kept)
    {
        Interlocked.CompareExchange(ref _word, kept ? Kept : NotKept, Undecided);
        if (Interlocked.Exchange(ref _closeOwed, null) is { } close) await ReplyAsync(Word(close)).ConfigureAwait(false);
    }

    private Iq Word(Iq close) => Volatile.Read(ref _word) switch
    {
        Kept => close.Result(),
        _ when AsksNothing => close.Result(),
        NotKept => close.Refuse(InBandErrors.NotKept),
        _ => close.Refuse(ErrorType.Wait, ErrorCondition.ResourceConstraint, "not decided yet"),
    };

    // To others a close is a close where the size was said, also in the middle: slixmpp takes an error there for a failure of the closing itself.
    private bool AsksNothing => _opening.Length is not null && !_opening.Peer.Traits.ConfirmsHashes;

    // The answer is heard on the session's reader: the first block may come right behind it.
    private ValueTask<Action> AskOnceAsync(InBandOpen open, TaskCompletionSource smaller) => _session.PostRequestAsync(
        _opening.Peer.Jid, IqType.Set, open.ToElement(), bulk: false, reply =>
        {
            if (reply.IsResult) Post(new Arrival(new Input.Opened(open), null, null));
            else if (reply.Error?.Condition == ErrorCondition.ResourceConstraint && open.BlockSize / 2 >= InBandSenderOptions.MinBlockSize) smaller.TrySetResult();
            else _opened.TrySetResult(new MethodFailure(FailureReason.NoMethod, Side.Peer, $"the peer refused the in-band stream: {reply}", RefusedByPeer: true));
        }, CancellationToken.None);

    private bool Admit(Element data) => Interlocked.Add(ref _inbox, SizeOf(data)) <= InboxBytes || Overrun();

    // An empty block takes memory, too.
    private static int SizeOf(Element data) => data.TextLength + BlockOverhead;

    private bool Overrun()
    {
        if (Interlocked.Exchange(ref _overrun, 1) == 0) Post(new Arrival(new Input.BlockUnreadable(new StanzaError(ErrorType.Wait, ErrorCondition.ResourceConstraint), InBandStanza.Message), null, null));
        return false;
    }

    private bool Post(Arrival arrival) => _inputs.Writer.TryWrite(arrival);

    private async Task RunAsync()
    {
        MethodFailure? failure;
        var lost = WatchSessionAsync();
        try
        {
            failure = await LoopAsync().ConfigureAwait(false);
        }
        catch (Exception broken)
        {
            failure = new MethodFailure(FailureReason.Internal, Side.Here, $"the in-band stream failed: {broken.Message}");
        }

        // What came before the failure is read first: a pipe completed with an exception would drop it.
        _failure = failure;
        await _pipe.Writer.CompleteAsync().ConfigureAwait(false);
        _opened.TrySetResult(failure);
        _over.TrySetResult(failure);
        await AnswerLateAsync().ConfigureAwait(false);
        _ended(_opening.Peer.Jid, _opening.Sid, _word == Kept || AsksNothing);
        await lost.ConfigureAwait(false);
    }

    private async Task WatchSessionAsync()
    {
        try
        {
            await _binding.Lost.WaitAsync(_stop.Token).ConfigureAwait(false);
            Post(new Arrival(new Input.StreamLost(), null, null));
        }
        catch (OperationCanceledException)
        {
            // The stream ended before the session.
        }
    }

    private async Task<MethodFailure?> LoopAsync()
    {
        MethodFailure? failure = null;
        while (!_machine.IsOver)
        {
            var arrival = await NextAsync().ConfigureAwait(false);
            failure = await HandleAsync(arrival).ConfigureAwait(false) ?? failure;
        }

        return failure;
    }

    // Once it is over the machine goes on answering: the close that everybody sends at the end, and blocks that were under way.
    private async Task AnswerLateAsync()
    {
        try
        {
            while (true) await HandleAsync(await _inputs.Reader.ReadAsync(_stop.Token).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _inputs.Writer.TryComplete();
            while (_inputs.Reader.TryRead(out var rest)) await HandleAsync(rest).ConfigureAwait(false);
        }
    }

    private async ValueTask<Arrival> NextAsync()
    {
        if (!_inputs.Reader.TryRead(out var next))
        {
            if (!_deadline.IsAhead(_machine.NextDeadline)) return Tick;
            next = await _inputs.Reader.ReadAsync().ConfigureAwait(false);
        }

        if (next.Input is Input.Tick) _deadline.WentOff();
        return next;
    }

    private async ValueTask<MethodFailure?> HandleAsync(Arrival arrival)
    {
        if (arrival.Block is { } copy && _repeats.Has(arrival.Id, copy.Attribute("seq")))
        {
            Interlocked.Add(ref _inbox, -SizeOf(copy));
            if (arrival.Iq is { } again) await ReplyAsync(again.Result()).ConfigureAwait(false);
            return null;
        }

        if (arrival.Block is not null && _machine.IsOver) _excess.TrySetResult();
        var (input, length) = arrival.Block is { } block ? Read(arrival, block) : (arrival.Input!, 0);
        MethodFailure? failure = null;
        foreach (var output in _machine.Handle(input, _time.GetUtcNow()))
        {
            failure = await CarryOutAsync(output, arrival, length).ConfigureAwait(false) ?? failure;
        }

        if (input is Input.CloseArrived) _closed.TrySetResult();
        return failure;
    }

    // Its bytes are where the pipe will take them from, once the machine has said that they are wanted.
    private (Input Input, int Length) Read(Arrival arrival, Element block)
    {
        Interlocked.Add(ref _inbox, -SizeOf(block));
        var stanza = arrival.Iq is null ? InBandStanza.Message : InBandStanza.Iq;
        // When it is over the pipe is closed, and nothing fits.
        IBufferWriter<byte> into = _machine.IsOver ? new ArrayBufferWriter<byte>() : _pipe.Writer;
        return InBandData.TryRead(block, _machine.BlockSize ?? 0, into, out var seq, out var length, out var error)
            ? (new Input.BlockArrived(seq, length, stanza), length)
            : (new Input.BlockUnreadable(error, stanza), 0);
    }

    private async ValueTask<MethodFailure?> CarryOutAsync(Output output, Arrival arrival, int length)
    {
        switch (output)
        {
            case Output.AcceptOpen:
                if (arrival.Iq is not null) await ReplyAsync(arrival.Iq.Result()).ConfigureAwait(false); // null: we opened it
                _opened.TrySetResult(null);
                return null;
            case Output.RefuseOpen refuse:
                if (arrival.Iq is not null) await ReplyAsync(arrival.Iq.Refuse(refuse.Error)).ConfigureAwait(false);
                _opened.TrySetResult(new MethodFailure(FailureReason.NotSupported, Side.Here, "the peer's blocks are larger than our server takes", RefusedByPeer: false));
                return null;
            case Output.TakeBlock:
                _repeats.Took(arrival.Id, arrival.Block!.Attribute("seq"));
                _pipe.Writer.Advance(length);
                await _pipe.Writer.FlushAsync().ConfigureAwait(false);
                if (arrival.Iq is { } request) await ReplyAsync(request.Result()).ConfigureAwait(false);
                if (!_machine.IsOver) _machine.Handle(new Input.BlockStored(), _time.GetUtcNow());
                return null;
            case Output.RefuseBlock refuse:
                if (arrival.Iq is { } refused) await ReplyAsync(refused.Refuse(refuse.Error)).ConfigureAwait(false);
                return null;
            case Output.AnswerClose:
                Interlocked.Exchange(ref _closeOwed, arrival.Iq);
                if (_failure is not null || Volatile.Read(ref _word) != Undecided) await SettleAsync(kept: false).ConfigureAwait(false);
                return null;
            case Output.SendClose:
                await _session.PostRequestAsync(
                    _opening.Peer.Jid, IqType.Set, new InBandClose(_opening.Sid).ToElement(), bulk: false, _ => { }, CancellationToken.None).ConfigureAwait(false);
                return null;
            default:
                var ended = (Output.Ended)output;
                return ended.Reason is { } reason ? new MethodFailure(reason, SideOf(reason), ended.Text!) : null;
        }
    }

    private ValueTask<bool> ReplyAsync(Iq answer) => _session.SendAsync(answer.ToElement(), CancellationToken.None);

    private static Side SideOf(FailureReason reason) => reason switch
    {
        FailureReason.Cancelled or FailureReason.Internal => Side.Here,
        FailureReason.StreamLost => Side.Server,
        FailureReason.Timeout or FailureReason.Stalled => Side.Network,
        _ => Side.Peer,
    };

    /// <summary>What came: an input, or a block that is still to be read; and the request that wants an answer, if one does.</summary>
    private sealed record Arrival(Input? Input, Iq? Iq, Element? Block)
    {
        /// <summary>By which a block is known again.</summary>
        public string? Id => field ??= Iq is not null ? Iq.Id : Block is not null ? InBandRepeats.IdOf(Block) : null;
    }
}
