using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Channels;
using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.InBand;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Input = Ferry.Protocol.InBand.InBandSenderInput;
using Output = Ferry.Protocol.InBand.InBandSenderOutput;

namespace Ferry.Methods.InBand;

/// <summary>
/// The loop that owns one <see cref="InBandSender"/>. Whoever sends the file writes to <see cref="Bytes"/>, a pipe of bounded size; the loop
/// takes blocks out of it as the window allows. Answers come in by the session's reader, which only posts.
/// </summary>
internal sealed class InBandSendStream : IInBandStream
{
    /// <summary>Of the smallest blocks a few wait: bytes are read from a file in pieces that are no smaller.</summary>
    private const int LeastBufferSize = 4096;

    private readonly StanzaSession _session;
    private readonly SessionBinding _binding;
    private readonly StreamOpening _opening;
    private readonly TimeProvider _time;
    private readonly Action<Jid, string, bool> _ended;
    private readonly InBandSender _machine;
    private readonly Channel<Input> _inputs = Channel.CreateUnbounded<Input>(new UnboundedChannelOptions { SingleReader = true }); // bounded by the window
    private readonly Pipe _pipe;
    private readonly Dictionary<ushort, Element> _kept = [];
    private readonly TaskCompletionSource<MethodFailure?> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<MethodFailure?> _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<ushort, Action> _forgets = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly IDisposable _presence;
    private readonly Iq? _asked;
    private readonly Deadline _deadline;
    private TextNode? _block;
    private Task _loop = Task.CompletedTask;
    private Task _reading = Task.CompletedTask;
    private bool _messages;
    private Action _forgetClose = () => { };

    // asked: the peer's open, where it is the peer who opens; its answer is sent from here.
    public InBandSendStream(
        StanzaSession session,
        StreamOpening opening,
        InBandSenderOptions options,
        TimeProvider time,
        PresenceBook presence,
        Action<Jid, string, bool> ended,
        Iq? asked = null)
    {
        _asked = asked;
        _session = session;
        _binding = session.Binding;
        _opening = opening;
        _time = time;
        _ended = ended;
        _machine = new InBandSender(options);
        _deadline = new Deadline(time, () => _inputs.Writer.TryWrite(new Input.Tick()));
        // Two blocks: what waits here counts as moved to whoever watches, and a server may take seconds for each block.
        BufferSize = Math.Max(2 * options.BlockSize, LeastBufferSize);
        // Inline: the source is read by the loop that has made room, sooner than a thread is woken for it.
        _pipe = new Pipe(new PipeOptions(
            writerScheduler: PipeScheduler.Inline,
            pauseWriterThreshold: BufferSize,
            resumeWriterThreshold: options.BlockSize,
            minimumSegmentSize: options.BlockSize,
            useSynchronizationContext: false));
        Bytes = _pipe.Writer.AsStream(leaveOpen: true);
        _presence = presence.Watch(opening.Peer.Jid, heard =>
        {
            if (heard.From == opening.Peer.Jid) _inputs.Writer.TryWrite(heard.IsAvailable ? new Input.PeerBack() : new Input.PeerGone());
        });
    }

    /// <inheritdoc/>
    public Stream Bytes { get; }

    /// <inheritdoc/>
    public Task<MethodFailure?> Over => _over.Task;

    /// <summary>Bytes that are best written at once: what the pipe holds before its writer waits.</summary>
    public int BufferSize { get; }

    /// <summary>Opens the stream; null when it is open. Cancelling tells the peer and throws.</summary>
    public async Task<MethodFailure?> OpenAsync(CancellationToken cancellationToken)
    {
        _loop = Task.Run(RunAsync, CancellationToken.None);
        _inputs.Writer.TryWrite(new Input.Start());
        try
        {
            return await _opened.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await AbortAsync().ConfigureAwait(false);
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public Iq? Data(Iq iq) => iq.Refuse(InBandErrors.UnknownStream); // files go one way

    /// <inheritdoc/>
    public void Data(Element data)
    {
        // The other direction is not used; without an answer there is nothing to do.
    }

    /// <inheritdoc/>
    public Iq? Close(Iq iq)
    {
        _inputs.Writer.TryWrite(new Input.PeerClosed());
        return iq.Result();
    }

    /// <inheritdoc/>
    public async Task<MethodFailure?> CompleteAsync(CancellationToken cancellationToken)
    {
        await _pipe.Writer.CompleteAsync().ConfigureAwait(false);
        return await _over.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task AbortAsync()
    {
        _inputs.Writer.TryWrite(new Input.Cancel());
        // The loop may be waiting for a server that takes nothing.
        await _abort.CancelAsync().ConfigureAwait(false);
        await _over.Task.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_over.Task.IsCompleted) await AbortAsync().ConfigureAwait(false);
        _inputs.Writer.TryWrite(new Input.Cancel()); // it may still be waiting for the answer to its close
        await _pipe.Writer.CompleteAsync().ConfigureAwait(false);
        if (!_stop.IsCancellationRequested) await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _deadline.Dispose();
        _presence.Dispose();
    }

    private async Task RunAsync()
    {
        MethodFailure? failure;
        try
        {
            failure = await LoopAsync().ConfigureAwait(false);
        }
        catch (Exception broken)
        {
            failure = new MethodFailure(FailureReason.Internal, Side.Here, $"the in-band stream failed: {broken.Message}");
        }

        // Everybody who waits for this stream learns of its end: the writer of bytes, who opened it, who completes it.
        await _pipe.Reader.CompleteAsync(failure is null ? null : new ChannelException(failure)).ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        _forgetClose();
        foreach (var forget in _forgets.Values) forget(); // some peers never answer, a close least of all
        _opened.TrySetResult(failure);
        _over.TrySetResult(failure);
        _ended(_opening.Peer.Jid, _opening.Sid, true); // a receiver's close says nothing of us
    }

    private async Task<MethodFailure?> LoopAsync()
    {
        var lost = WatchSessionAsync();
        MethodFailure? failure = null;
        while (!_machine.IsOver)
        {
            var input = await NextAsync().ConfigureAwait(false);
            foreach (var output in _machine.Handle(input, _time.GetUtcNow()))
            {
                failure = await CarryOutAsync(output).ConfigureAwait(false) ?? failure;
            }

            if (input is not Input.BlockAcked(var seq)) continue;
            _kept.Remove(seq);
            _forgets.Remove(seq);
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await lost.ConfigureAwait(false);
        return failure;
    }

    private async Task WatchSessionAsync()
    {
        try
        {
            await _binding.Lost.WaitAsync(_stop.Token).ConfigureAwait(false);
            _inputs.Writer.TryWrite(new Input.StreamLost());
        }
        catch (OperationCanceledException)
        {
            // The stream ended before the session.
        }
    }

    private async ValueTask<Input> NextAsync()
    {
        if (_inputs.Reader.TryRead(out var ready))
        {
            if (ready is Input.Tick) _deadline.WentOff();
            return ready;
        }

        if (!_deadline.IsAhead(_machine.NextDeadline)) return new Input.Tick();
        var next = await _inputs.Reader.ReadAsync().ConfigureAwait(false);
        if (next is Input.Tick) _deadline.WentOff();
        return next;
    }

    private async ValueTask<MethodFailure?> CarryOutAsync(Output output)
    {
        switch (output)
        {
            case Output.SendOpen when _asked is not null:
                await _session.SendAsync(_asked.Result().ToElement(), CancellationToken.None).ConfigureAwait(false);
                _inputs.Writer.TryWrite(new Input.OpenAnswered());
                return null;
            case Output.SendOpen open:
                var payload = new InBandOpen(_opening.Sid, open.BlockSize, open.Stanza).ToElement();
                await PostAsync(payload, bulk: false, reply => reply.Error is { } error ? new Input.OpenRefused(error) : new Input.OpenAnswered()).ConfigureAwait(false);
                return null;
            case Output.NeedBlock need:
                _opened.TrySetResult(null); // the first one shows that the open was accepted
                _reading = ReadBlockAsync(need.MaxBytes);
                return null;
            case Output.SendData data:
                var sent = _kept[data.Seq] = InBandData.ToElement(_opening.Sid, data.Seq, _block!);
                await SendBlockAsync(data.Seq, sent).ConfigureAwait(false);
                return null;
            case Output.ResendData again:
                await SendBlockAsync(again.Seq, _kept[again.Seq]).ConfigureAwait(false);
                return null;
            case Output.SendPing:
                await SendPingAsync().ConfigureAwait(false);
                return null;
            case Output.SendClose:
                _forgetClose = await PostAsync(new InBandClose(_opening.Sid).ToElement(), bulk: false, reply => new Input.CloseAnswered(reply.Error)).ConfigureAwait(false);
                return null;
            case Output.Delivered:
                // Everything is acknowledged, and libpurple never answers a close.
                _over.TrySetResult(null);
                return null;
            default:
                var ended = (Output.Ended)output;
                return ended.Reason is { } reason ? new MethodFailure(reason, SideOf(reason), ended.Text!, ended.RefusedOpen) : null;
        }
    }

    private async ValueTask SendBlockAsync(ushort seq, Element data)
    {
        if (_abort.IsCancellationRequested) return; // its Cancel is the next input
        try
        {
            if (_messages) await SendMessageAsync(seq, data).ConfigureAwait(false);
            else _forgets[seq] = await PostAsync(data, bulk: true, reply => reply.Error is { } error ? new Input.BlockRefused(seq, error) : new Input.BlockAcked(seq)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Aborted while the server took nothing.
        }
    }

    // Behind the blocks, whose arrival its answer shows.
    private async ValueTask SendPingAsync()
    {
        try
        {
            await PostAsync(new Element(Namespaces.Ping, "ping"), bulk: true, PingAnswer, IqType.Get).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Aborted while the server took nothing.
        }
    }

    // XEP-0047 section 4 with XEP-0334: not to be stored or copied.
    private async ValueTask SendMessageAsync(ushort seq, Element data)
    {
        var message = new Message(RandomId.Create(10), null, null, _opening.Peer.Jid, [data, new Element(Namespaces.Hints, "no-store"), new Element(Namespaces.Hints, "no-copy")]);
        await _session.SendAsync(message.ToElement(), _abort.Token, bulk: true).ConfigureAwait(false);
        _kept.Remove(seq);
    }

    private async ValueTask<Action> PostAsync(Element payload, bool bulk, Func<IqReply, Input> answered, IqType type = IqType.Set)
    {
        if (payload.Name == "open") _messages = payload.Attribute("stanza") == "message";
        return await _session.PostRequestAsync(
            _opening.Peer.Jid,
            type,
            payload,
            bulk,
            reply => _inputs.Writer.TryWrite(reply.Missing == NoReply.SessionEnded ? new Input.StreamLost() : answered(reply)),
            bulk ? _abort.Token : CancellationToken.None).ConfigureAwait(false);
    }

    // Runs beside the loop, so that the source's slowness never keeps it from answering the peer. One at a time.
    private async Task ReadBlockAsync(int most)
    {
        try
        {
            var read = await _pipe.Reader.ReadAtLeastAsync(most, _stop.Token).ConfigureAwait(false);
            var length = (int)Math.Min(read.Buffer.Length, most);
            if (length == 0)
            {
                _pipe.Reader.AdvanceTo(read.Buffer.End);
                _inputs.Writer.TryWrite(new Input.SourceEnded());
                return;
            }

            var taken = read.Buffer.Slice(0, length);
            _block = InBandData.Encode(taken);
            _pipe.Reader.AdvanceTo(taken.End);
            _inputs.Writer.TryWrite(new Input.BlockReady(length));
        }
        catch (OperationCanceledException)
        {
            // The stream is over.
        }
    }

    // Every answer of the peer's client will do, "no such feature" too; its server's word that it is gone will not.
    private static Input PingAnswer(IqReply reply) =>
        reply.Error?.Condition is ErrorCondition.RecipientUnavailable or ErrorCondition.ItemNotFound or ErrorCondition.RemoteServerNotFound or ErrorCondition.Gone
            ? new Input.PeerGone()
            : new Input.PingAnswered();

    private static Side SideOf(FailureReason reason) => reason switch
    {
        FailureReason.Cancelled or FailureReason.Internal => Side.Here,
        FailureReason.StreamLost => Side.Server,
        FailureReason.Timeout or FailureReason.Stalled => Side.Network,
        _ => Side.Peer,
    };
}
