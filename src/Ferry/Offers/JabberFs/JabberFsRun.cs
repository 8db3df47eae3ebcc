using System.Net.Sockets;
using System.Threading.Channels;
using Ferry.Methods.Tcp;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.JabberFs;
using Ferry.Protocol.Stanzas;
using Input = Ferry.Protocol.JabberFs.JabberFsInput;
using Output = Ferry.Protocol.JabberFs.JabberFsOutput;

namespace Ferry.Offers.JabberFs;

/// <summary>
/// The loop that owns one <see cref="JabberFsTransfer"/>: one input, all its outputs, then the next. Ports, connections and the file are looked after by tasks of
/// their own, whose results come back as inputs.
/// </summary>
internal sealed class JabberFsRun(OfferContext context, RawTcp tcp, JabberFsTerms terms, Jid peer, IJabberFsPart part, Iq? proposal, Action<JabberFsRun> forget)
{
    /// <summary>Sets of the peer's that wait for this loop; more are refused.</summary>
    public const int MostUpdates = 16;

    private readonly Channel<Input> _inputs = Channel.CreateUnbounded<Input>(new UnboundedChannelOptions { SingleReader = true }); // the peer's are counted, ours are few
    private readonly Dictionary<string, Iq> _updates = [];
    private readonly Lock _lock = new();
    private readonly TimeProvider _time = context.Options.TimeProvider;
    private readonly SessionBinding _binding = context.Session.Binding;
    private readonly TaskCompletionSource<JabberFsEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _confirmed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Action> _forget = [];
    private readonly List<Task> _tasks = [];
    private readonly CancellationTokenSource _stop = new();
    private CancellationTokenSource _connection = new();
    private RawTcpPort? _port;
    private Socket? _socket;
    private string? _peersHost = terms.IsProposer ? null : terms.Proposal.Hosts.FirstOrDefault();
    private bool _attempted;
    private string? _problem;
    private long _number;

    /// <summary>The transfer's key, with the peer's full address.</summary>
    public string Sid => terms.Proposal.Sid;

    /// <summary>The other side.</summary>
    public Jid Peer => peer;

    public JabberFsTerms Terms => terms;

    /// <summary>Hears which ways are tried.</summary>
    public Action<string, AttemptResult, string?> Report { get; set; } = (_, _, _) => { };

    /// <summary>Completes with the negotiation.</summary>
    public Task<JabberFsEnd> End => _end.Task;

    /// <summary>Completes when nothing of it is under way any more.</summary>
    public Task Over => _over.Task;

    /// <summary>Hands something in.</summary>
    public void Post(Input input) => _inputs.Writer.TryWrite(input);

    /// <summary>The peer's set about this transfer. On the session's reader.</summary>
    public Iq? Arrived(Iq iq, JabberFsStanza stanza)
    {
        if (stanza.ProblemAt(JabberFsPlace.Update, terms.Dialect) is { } problem)
        {
            var condition = stanza.State == JabberFsState.Connecting ? new StanzaError(ErrorType.Cancel, ErrorCondition.Conflict) : JabberFsStanza.BadRequest(problem);
            return iq.Refuse(condition);
        }

        string key;
        lock (_lock)
        {
            if (_updates.Count >= MostUpdates) return iq.Refuse(ErrorType.Wait, ErrorCondition.ResourceConstraint);
            key = $"{++_number}";
            _updates[key] = iq;
        }

        if (stanza.State == JabberFsState.Complete) _confirmed.TrySetResult();
        if (_inputs.Writer.TryWrite(new Input.Arrived(stanza, key))) return null;
        return iq.Refuse(ErrorType.Cancel, ErrorCondition.ItemNotFound);
    }

    /// <summary>Runs the transfer to its end; never throws.</summary>
    public async Task<JabberFsEnd> RunAsync(CancellationToken cancellationToken)
    {
        JabberFsEnd end;
        try
        {
            end = await WatchedAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception broken)
        {
            end = new JabberFsEnd(new Output.Ended(FailureReason.Internal, null, false, broken.Message), false, []);
        }

        _inputs.Writer.TryComplete();
        forget(this);
        _end.TrySetResult(end);
        await _stop.CancelAsync().ConfigureAwait(false);
        await ReleaseAsync(end.Ended is not null).ConfigureAwait(false);
        await Task.WhenAll(_tasks).ConfigureAwait(false);
        DropSocket();
        await RefuseRestAsync().ConfigureAwait(false);
        foreach (var drop in _forget) drop();
        _connection.Dispose();
        _stop.Dispose();
        _over.TrySetResult();
        return end;
    }

    private async Task<JabberFsEnd> WatchedAsync(CancellationToken cancellationToken)
    {
        using var presence = context.Presence.Watch(peer, heard =>
        {
            if (!heard.IsAvailable) Post(new Input.PeerGone());
        });
        using var cancelled = cancellationToken.Register(() => Post(new Input.Cancel()));
        using var enough = new CancellationTokenSource();
        var lost = WatchSessionAsync(enough.Token);
        try
        {
            return await LoopAsync().ConfigureAwait(false);
        }
        finally
        {
            await enough.CancelAsync().ConfigureAwait(false);
            await lost.ConfigureAwait(false);
        }
    }

    private async Task WatchSessionAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _binding.Lost.WaitAsync(cancellationToken).ConfigureAwait(false);
            Post(new Input.SessionLost());
        }
        catch (OperationCanceledException)
        {
            // The transfer ended before the session.
        }
    }

    private async Task<JabberFsEnd> LoopAsync()
    {
        var transfer = new JabberFsTransfer(terms);
        JabberFsEnd? end = null;
        Input input = new Input.Begin();
        while (true)
        {
            if (input is Input.ConnectFailed(var problem)) _problem = problem;
            foreach (var output in transfer.Handle(input, _time.GetUtcNow())) end = await CarryOutAsync(output).ConfigureAwait(false) ?? end;
            if (transfer.IsOver) return end!;
            input = await NextAsync(transfer.NextDeadline).ConfigureAwait(false);
        }
    }

    private async ValueTask<Input> NextAsync(DateTimeOffset? deadline)
    {
        if (deadline is not { } due) return await _inputs.Reader.ReadAsync().ConfigureAwait(false);
        if (_inputs.Reader.TryRead(out var ready)) return ready;
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

    private async ValueTask<JabberFsEnd?> CarryOutAsync(Output output)
    {
        switch (output)
        {
            case Output.SendProposal:
                await ProposeAsync().ConfigureAwait(false);
                break;
            case Output.SendAnswer(var stanza):
                await ReplyAsync(proposal!.Result(stanza.ToElement(terms.Dialect))).ConfigureAwait(false);
                break;
            case Output.SendUpdate(var stanza):
                await UpdateAsync(stanza).ConfigureAwait(false);
                break;
            case Output.Acknowledge(var id):
                if (Take(id) is { IsRequest: true } acknowledged) await ReplyAsync(acknowledged.Result()).ConfigureAwait(false);
                break;
            case Output.RefuseUpdate(var id, var error):
                if (Take(id) is { IsRequest: true } refused) await ReplyAsync(refused.Refuse(error)).ConfigureAwait(false);
                break;
            case Output.AskUser:
                part.Ask(this);
                break;
            case Output.Judge(var answer):
                _peersHost = answer.Hosts.FirstOrDefault();
                Run(() => part.JudgeAsync(answer, _stop.Token));
                break;
            case Output.OpenPort:
                OpenPort();
                break;
            case Output.ClosePort:
                await ClosePortAsync().ConfigureAwait(false);
                break;
            case Output.Connect connect:
                await ConnectAsync(connect).ConfigureAwait(false);
                break;
            case Output.Drop:
                await DropAsync().ConfigureAwait(false);
                break;
            case Output.Move move:
                Move(move.Start);
                break;
            case Output.Verify:
                Run(() => part.VerifyAsync(_stop.Token));
                break;
            case Output.Done done:
                return new JabberFsEnd(null, done.Confirmed, done.Hashes);
            case Output.Ended ended:
                if (_attempted) Report(RawTcp.Name, AttemptResult.Failed, ended.Text);
                return new JabberFsEnd(ended, false, []);
            default:
                throw new InvalidOperationException($"{output.GetType().Name} has no driver");
        }

        return null;
    }

    private async ValueTask ProposeAsync() => _forget.Add(await context.Session.PostRequestAsync(
        peer,
        terms.IsGet ? IqType.Get : IqType.Set,
        Proposal.ToElement(terms.Dialect),
        bulk: false,
        reply => Post(AnswerOf(reply)),
        CancellationToken.None,
        id: IdOfSets).ConfigureAwait(false));

    // As in 2002 the peer may let in only the address that it was told; without one, anybody. The new words have a token for that, and tell no address too many.
    private JabberFsStanza Proposal => terms.Dialect == JabberFsDialect.Legacy ? terms.Proposal with { Hosts = tcp.OwnHosts() } : terms.Proposal;

    // The old dialect has no other tie between its stanzas.
    private string? IdOfSets => terms.Dialect == JabberFsDialect.Legacy ? Sid : null;

    private Input AnswerOf(IqReply reply)
    {
        if (reply.Missing is not null) return new Input.SessionLost();
        if (reply.Error is { } error) return new Input.Refused(error);
        if (reply.Payload is not { } payload) return new Input.AnswerUnreadable("the answer to the proposal is empty");
        if (!JabberFsStanza.TryParse(payload, terms.Dialect, Sid, out var stanza, out var problem)) return new Input.AnswerUnreadable($"the answer cannot be read: {problem}");
        if (stanza.Sid != Sid) return new Input.AnswerUnreadable("the answer is about another transfer");
        var place = terms.IsGet ? JabberFsPlace.GetAnswer : JabberFsPlace.SendAnswer;
        return stanza.ProblemAt(place, terms.Dialect) is { } misfit ? new Input.AnswerUnreadable($"the answer cannot be followed: {misfit}") : new Input.Answered(stanza);
    }

    private async ValueTask UpdateAsync(JabberFsStanza stanza)
    {
        var payload = stanza.ToElement(terms.Dialect);
        if (terms.Dialect == JabberFsDialect.Legacy && stanza.State == JabberFsState.Timeout)
        {
            // A second result, as it was printed.
            await ReplyAsync(new Iq(IqType.Result, Sid, null, peer, payload)).ConfigureAwait(false);
            return;
        }

        var drop = await context.Session.PostRequestAsync(
            peer,
            IqType.Set,
            payload,
            bulk: false,
            reply =>
            {
                if (reply.Error is { } error) Post(new Input.UpdateRefused(stanza.State, error));
                else if (stanza.State == JabberFsState.Complete) Post(new Input.CompleteAnswered());
            },
            CancellationToken.None,
            id: IdOfSets).ConfigureAwait(false);
        _forget.Add(drop);
    }

    private Iq? Take(string id)
    {
        lock (_lock) return _updates.Remove(id, out var iq) ? iq : null;
    }

    private ValueTask<bool> ReplyAsync(Iq answer) => context.Session.SendAsync(answer.ToElement(), CancellationToken.None);

    // What came between the last input and the end.
    private async Task RefuseRestAsync()
    {
        List<Iq> left;
        lock (_lock)
        {
            left = [.. _updates.Values.Where(iq => iq.IsRequest)];
            _updates.Clear();
        }

        foreach (var iq in left) await ReplyAsync(iq.Refuse(ErrorType.Cancel, ErrorCondition.ItemNotFound)).ConfigureAwait(false);
    }

    private void OpenPort()
    {
        Started();
        var (port, problem) = tcp.Open(terms.Dialect == JabberFsDialect.Native, _peersHost);
        if (port is null || problem is not null)
        {
            if (port is not null) _tasks.Add(port.DisposeAsync().AsTask());
            Post(new Input.PortFailed(problem!));
            return;
        }

        _port = port;
        _tasks.Add(AwaitPeerAsync(port));
        Post(new Input.PortOpen(port.Hosts, port.Number, port.Token));
    }

    private async Task AwaitPeerAsync(RawTcpPort port)
    {
        try
        {
            Keep(await port.Connected.ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // Closed before anybody came.
        }
    }

    private async ValueTask ClosePortAsync()
    {
        if (_port is not { } port) return;
        _port = null;
        await port.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask ConnectAsync(Output.Connect connect)
    {
        await RenewConnectionAsync().ConfigureAwait(false);
        Started();
        if (terms.Dialect == JabberFsDialect.Legacy) ListenForTimeout();
        var stop = _connection.Token;
        _tasks.Add(DialAsync(connect, stop));
    }

    private async Task DialAsync(Output.Connect connect, CancellationToken stop)
    {
        try
        {
            var (socket, problem) = await tcp.ConnectAsync(connect.Hosts, connect.Port, connect.Token, stop).ConfigureAwait(false);
            if (socket is not null)
            {
                Keep(socket);
                return;
            }

            Post(new Input.ConnectFailed(problem));
        }
        catch (OperationCanceledException)
        {
            // Dropped; nobody waits for it.
        }
        catch (Exception odd) when (odd is SocketException or IOException or ObjectDisposedException)
        {
            Post(new Input.ConnectFailed(odd.Message)); // no descriptor left
        }
    }

    // The old dialect tells it as one more result of an answered request.
    private void ListenForTimeout() => _forget.Add(context.Session.ExpectAnswer(peer, Sid, reply =>
    {
        if (reply.Payload is { } payload
            && JabberFsStanza.TryParse(payload, JabberFsDialect.Legacy, Sid, out var stanza, out _)
            && stanza.State is JabberFsState.Timeout or JabberFsState.Abort)
        {
            Post(new Input.Arrived(stanza, ""));
        }
    }));

    private void Keep(Socket socket)
    {
        lock (_lock)
        {
            _socket?.Dispose();
            _socket = socket;
        }

        Post(new Input.Connected());
    }

    private Socket? TakeSocket()
    {
        lock (_lock)
        {
            var socket = _socket;
            _socket = null;
            return socket;
        }
    }

    private void DropSocket() => TakeSocket()?.Dispose();

    private async ValueTask RenewConnectionAsync()
    {
        await DropAsync().ConfigureAwait(false);
        _connection.Dispose();
        _connection = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
    }

    private async ValueTask DropAsync()
    {
        await _connection.CancelAsync().ConfigureAwait(false);
        DropSocket();
    }

    private async ValueTask ReleaseAsync(bool failed)
    {
        await ClosePortAsync().ConfigureAwait(false);
        if (failed) await DropAsync().ConfigureAwait(false);
    }

    private void Move(long start)
    {
        if (TakeSocket() is not { } socket)
        {
            Post(new Input.Failed(FailureReason.Internal, JabberFsAbort.Error, "there is no connection"));
            return;
        }

        Report(RawTcp.Name, AttemptResult.Chosen, null);
        _attempted = false;
        if (_connection.IsCancellationRequested)
        {
            _connection.Dispose();
            _connection = new CancellationTokenSource();
        }

        var stop = _connection.Token;
        var channel = new RawTcpChannel(socket, terms.IsSender, context.Options.IdleTimeout, _time, context.Options.Network) { Confirmed = _confirmed.Task };
        Run(() => part.MoveAsync(channel, start, stop));
    }

    /// <summary>Does something whose result is an input; waited for at the end. On the owner loop only, as all that a part is asked for.</summary>
    public void Run(Func<CancellationToken, Task<Input>> work) => Run(() => work(_stop.Token));

    private void Run(Func<Task<Input>> work) => _tasks.Add(RunAsync(work));

    private async Task RunAsync(Func<Task<Input>> work)
    {
        try
        {
            Post(await work().ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // Dropped; nobody waits for it.
        }
        catch (Exception broken)
        {
            Post(new Input.Failed(FailureReason.Internal, JabberFsAbort.Error, broken.Message));
        }
    }

    // Whichever side noticed first that the way before this one led nowhere; the last one's end is the transfer's.
    private void Started()
    {
        if (_attempted) Report(RawTcp.Name, AttemptResult.Failed, _problem ?? "nobody got through");
        (_attempted, _problem) = (true, null);
        Report(RawTcp.Name, AttemptResult.Started, null);
    }
}
