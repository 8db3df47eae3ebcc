using System.Net.Security;
using Ferry.Net.Dialing;
using Ferry.Net.XmppStreams;
using Ferry.Protocol;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Transfers;
using Ferry.Protocol.Xml;
using Microsoft.Extensions.Logging;

namespace Ferry.Net.Sessions;

/// <summary>One connection's reader and writer.</summary>
public sealed partial class StanzaSession
{
    private const int BatchBytes = 64 * 1024;

    /// <summary>
    /// While bulk flows, whatever is written fills records of this size, which Prosody takes one by one: it reads 4096 bytes at a time, and what is left of a record or of the next
    /// one after that it leaves until a timer of at least a millisecond (decision 0013). No stanza that fits into one is divided between two, and no longer one's tags: Prosody cannot go on
    /// in the middle of those.
    /// </summary>
    private const int RecordBytes = 4 * 1024;

    /// <summary>How Prosody names itself in its features (XEP-0115).</summary>
    private const string ProsodyNode = "http://prosody.im";

    /// <summary>How often the writer looks up when there is nothing to write.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(5);

    /// <summary>Silence after which the server is asked for a sign of life, and how long it has for it (protocols of the field: 60 s and 30 s).</summary>
    private static readonly TimeSpan ProbeAfter = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    private async Task<ConnectionEnd> RunConnectionAsync(LoggedIn connection)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        using var address = new AddressLoss(_options.Network, connection.Local.Address);
        var reader = ReadLoopAsync(connection, stop.Token);
        var writer = WriteLoopAsync(connection.Stream, stop.Token);
        var moved = MovedAsync(address, stop.Token);
        var first = await Task.WhenAny(reader, writer, moved).ConfigureAwait(false);
        if (_closing.IsCancellationRequested)
        {
            await CloseAsync(connection.Stream, writer, reader).ConfigureAwait(false);
            return new ConnectionEnd(Lost("closed"), Afterwards.Stop);
        }

        var end = await first.ConfigureAwait(false) ?? new ConnectionEnd(Lost("the connection ended"), Afterwards.Resume);
        await stop.CancelAsync().ConfigureAwait(false);
        await connection.Stream.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(Quietly(reader), Quietly(writer), Quietly(moved)).ConfigureAwait(false);
        return end;
    }

    // Nothing tells a connection that its own end is gone: it would be silent until the server is missed.
    private static async Task<ConnectionEnd?> MovedAsync(AddressLoss address, CancellationToken cancellationToken)
    {
        await address.Lost.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new ConnectionEnd(Lost("this machine no longer has the address that it was connected from"), Afterwards.Resume);
    }

    private async Task<ConnectionEnd?> ReadLoopAsync(LoggedIn connection, CancellationToken cancellationToken)
    {
        foreach (var early in connection.Early)
        {
            if (await HandleAsync(early, cancellationToken).ConfigureAwait(false) is { } end) return end;
        }

        while (true)
        {
            var read = await connection.Stream.ReadAsync(cancellationToken).ConfigureAwait(false);
            switch (read.Kind)
            {
                case StreamReadKind.Element:
                    if (await HandleAsync(read.Element!, cancellationToken).ConfigureAwait(false) is { } end) return end;
                    break;
                case StreamReadKind.Closed:
                    return new ConnectionEnd(Lost("the server closed the stream", atServer: true), Afterwards.BindAnew);
                case StreamReadKind.Ended:
                    return new ConnectionEnd(Lost(read.Cause is { } cause ? $"the connection broke: {cause.Message}" : "the server ended the connection"), Afterwards.Resume);
                case StreamReadKind.Violation:
                    return new ConnectionEnd(
                        new SessionFailure(FailureReason.Protocol, true, $"the server sent what XMPP forbids: {read.Violation!.Text}"), Afterwards.Stop);
                default:
                    return new ConnectionEnd(new SessionFailure(FailureReason.Protocol, true, "the server sent a second stream header"), Afterwards.Stop);
            }
        }
    }

    private async ValueTask<ConnectionEnd?> HandleAsync(Element element, CancellationToken cancellationToken)
    {
        if (element.Namespace == Namespaces.Client)
        {
            // Counted before it is handled: an answer that leaves before the next <a/> then never claims too little.
            CountReceived();
            if (_pace.Handled()) await SendAsync(StreamManagement.Answer(Handled), cancellationToken).ConfigureAwait(false);
            if (Dispatch(element) is { } answer) await AnswerAsync(answer, cancellationToken).ConfigureAwait(false);
            return null;
        }

        if (element.Namespace == Namespaces.StreamManagement) return await HandleManagementAsync(element, cancellationToken).ConfigureAwait(false);
        return element.Is(Namespaces.Streams, "error") ? StreamErrorEnd(StreamError.Parse(element)) : null;
    }

    // What was counted as handled is answered even while the session closes: the server would not bounce it any more.
    private async ValueTask AnswerAsync(Element answer, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(answer, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _outbound.TryEnqueue(answer);
            throw;
        }
    }

    private Element? Dispatch(Element element)
    {
        if (Iq.TryParse(element, out var iq)) return iq.IsRequest ? HandleRequest(iq)?.ToElement() : Answered(iq);
        if (element.Name == "iq") return RefuseUnreadable(element);
        if (Message.TryParse(element, out var message)) HandleMessage(message);
        else if (Presence.TryParse(element, out var presence)) return PresenceHandler?.Invoke(presence);
        return null;
    }

    private Element? Answered(Iq iq)
    {
        HandleAnswer(iq);
        return null;
    }

    private Iq? HandleRequest(Iq iq)
    {
        if (!Admits(iq)) return iq.Refuse(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);
        if (_iqHandlers.TryGetValue((iq.Payload!.Namespace, iq.Payload.Name), out var handler)) return handler(iq);
        return iq.Refuse(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);
    }

    private void HandleMessage(Message message)
    {
        if (message.Error is not null) return;
        foreach (var payload in message.Payloads)
        {
            if (_messageHandlers.TryGetValue((payload.Namespace, payload.Name), out var handler)) handler(message, payload);
        }
    }

    // A request that we cannot read still gets its one answer, if it can be given one. A mistake teaches strangers nothing either.
    private Element? RefuseUnreadable(Element element)
    {
        if (element.Attribute("type") is not ("get" or "set") || element.Attribute("id") is not { Length: > 0 } id) return null;
        if (!Iq.TryAddress(element.Attribute("from"), out var from)) return null;
        var request = new Iq(IqType.Get, id, from, null, null);
        var refusal = Admits(request)
            ? request.Refuse(ErrorType.Modify, ErrorCondition.BadRequest)
            : request.Refuse(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);
        return refusal.ToElement();
    }

    private async ValueTask<ConnectionEnd?> HandleManagementAsync(Element element, CancellationToken cancellationToken)
    {
        if (_ledger is null) return null;
        if (element.Name == "r")
        {
            if (_pace.Asked()) await SendAsync(StreamManagement.Answer(Handled), cancellationToken).ConfigureAwait(false);
        }
        else if (element.Name == "a" && StreamManagement.TryCount(element, out var h))
        {
            bool sane;
            lock (_ledgerLock) sane = _ledger.TryHear(h);
            if (!sane) return new ConnectionEnd(new SessionFailure(FailureReason.Protocol, true, "the server acknowledged more stanzas than were sent"), Afterwards.Stop);
        }

        return null;
    }

    private ConnectionEnd StreamErrorEnd(StreamError error)
    {
        _logger.LogWarning("stream error from the server: {Error}", error);
        var hint = error.Condition switch
        {
            StreamCondition.Conflict => "another program logged in with the same resource: give --account a full address with another one",
            StreamCondition.PolicyViolation => "the server may limit the size or the rate of stanzas",
            _ => null,
        };
        var failure = new SessionFailure(FailureReason.StreamLost, true, $"the server ended the stream: {error}", hint);
        switch (error.Condition)
        {
            // RFC 6120 section 4.9.1.1: a stream error is unrecoverable; these pass, and the session may go on where it was.
            case StreamCondition.SystemShutdown or StreamCondition.Reset or StreamCondition.ConnectionTimeout:
                return new ConnectionEnd(failure, Afterwards.Resume);
            case StreamCondition.SeeOtherHost when _current.Secure && error.SeesOther(_current.Target.DirectTls, out var other):
                return new ConnectionEnd(failure, Afterwards.Resume, other);
            // Only where nobody asked for this very resource can another one be taken.
            case StreamCondition.Conflict when _options.Account.Resource is null:
                return new ConnectionEnd(failure, Afterwards.BindAnew, NewResource: true);
            default:
                return new ConnectionEnd(failure, error.Passes ? Afterwards.BindAnew : Afterwards.Stop);
        }
    }

    private async Task<ConnectionEnd?> WriteLoopAsync(XmppStream stream, CancellationToken cancellationToken)
    {
        var life = new LifeSign(_options.TimeProvider, stream);
        var bulk = new BulkFlow(_options.TimeProvider);
        var records = DivideIntoRecords(_current);
        // What a resumption sends again is in the stream's buffer.
        bulk.GoOn(stream.PendingBytes);
        if (records && bulk.FillsUp(stream.PendingBytes, RecordBytes)) stream.Fill(RecordBytes);
        if (await FlushAsync(stream, cancellationToken).ConfigureAwait(false) is { } broken) return broken;
        using var attendance = _outbound.Attend(Tick, _options.TimeProvider, cancellationToken);
        while (true)
        {
            var some = await _outbound.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (some)
            {
                do AppendNext(stream, bulk);
                while (stream.PendingBytes < BatchBytes && !LedgerIsFull && _outbound.TryClaim());
            }

            if (LedgerNeedsRequest()) stream.Append(StreamManagement.Request);
            if (life.Silence() is { } silence)
            {
                if (silence >= DeadAfter) return new ConnectionEnd(Lost($"the server has been silent for {DeadAfter.TotalSeconds:0} s"), Afterwards.Resume);
                if (silence >= ProbeAfter && life.ProbeDue()) stream.Append(_ledger is null ? Ping() : StreamManagement.Request);
            }

            if (records && bulk.FillsUp(stream.PendingBytes, RecordBytes)) stream.Fill(RecordBytes);
            if (await FlushAsync(stream, cancellationToken).ConfigureAwait(false) is { } end) return end;
            if (LedgerIsFull && await WaitForAckAsync(life, cancellationToken).ConfigureAwait(false) is { } dead) return dead;
        }
    }

    // Ours reads stanzas whole, and there the largest records cost the least. It tells its limit on them; of others that do, only Prosody needs this.
    private static bool DivideIntoRecords(LoggedIn connection)
    {
        var stream = connection.Stream;
        if (stream.Transport is not SslStream || (connection.Features.MaxStanzaBytes is not null && connection.Features.CapsNode != ProsodyNode)) return false;
        stream.PieceBytes = RecordBytes;
        return true;
    }

    private async ValueTask<ConnectionEnd?> FlushAsync(XmppStream stream, CancellationToken cancellationToken)
    {
        try
        {
            var writing = stream.FlushAsync(CancellationToken.None);
            if (writing.IsCompletedSuccessfully) return null;
            await FinishAsync(writing.AsTask(), cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (TimeoutException)
        {
            return new ConnectionEnd(Lost($"the server has taken nothing for {WriteTimeout.TotalSeconds:0} s"), Afterwards.Resume);
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException)
        {
            return new ConnectionEnd(Lost($"the connection broke: {broken.Message}"), Afterwards.Resume);
        }
    }

    // Never cancelled, since half a stanza or half a TLS record would be the last thing said; what goes on after its time ends with the connection.
    private async Task FinishAsync(Task writing, CancellationToken cancellationToken)
    {
        try
        {
            await writing.WaitAsync(WriteTimeout, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (_closing.IsCancellationRequested) await Task.WhenAny(writing, Task.Delay(CloseTimeout, _options.TimeProvider, CancellationToken.None)).ConfigureAwait(false);
            throw;
        }
        finally
        {
            _ = writing.ContinueWith(ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    // So much is unacknowledged that resuming could not hold it: the queue waits, and with it everybody who sends.
    private async ValueTask<ConnectionEnd?> WaitForAckAsync(LifeSign life, CancellationToken cancellationToken)
    {
        while (LedgerIsFull)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), _options.TimeProvider, cancellationToken).ConfigureAwait(false);
            if (life.Silence() is { } silence && silence >= DeadAfter) return new ConnectionEnd(Lost("the server acknowledges nothing"), Afterwards.Resume);
        }

        return null;
    }

    private void AppendNext(XmppStream stream, BulkFlow flow)
    {
        var before = stream.PendingBytes;
        Append(stream, _outbound.Take(out var bulk));
        if (bulk) flow.Add(stream.PendingBytes - before);
    }

    // By the timer that paces answers; what it enqueues gets its count when it is written.
    private bool AnswerLate() => _ledger is null || _outbound.TryEnqueue(StreamManagement.Answer(0));

    private void Append(XmppStream stream, Element element)
    {
        // What waited in the queue over a resumption would say less than the resumption has said, which ends the stream at Prosody.
        if (_ledger is not null && element.Is(Namespaces.StreamManagement, "a")) element = StreamManagement.Answer(Handled);
        var before = stream.PendingBytes;
        stream.Append(element);
        if (_ledger is null || !StreamLedger.Counts(element)) return;
        lock (_ledgerLock) _ledger.Sent(element, stream.PendingBytes - before);
    }

    private bool LedgerIsFull
    {
        get
        {
            if (_ledger is null) return false;
            lock (_ledgerLock) return _ledger.IsFull;
        }
    }

    private uint Handled
    {
        get
        {
            lock (_ledgerLock) return _ledger!.Handled;
        }
    }

    private void CountReceived()
    {
        if (_ledger is null) return;
        lock (_ledgerLock) _ledger.Receive();
    }

    private bool LedgerNeedsRequest()
    {
        if (_ledger is null) return false;
        lock (_ledgerLock) return _ledger.ShouldRequest(_options.TimeProvider.GetUtcNow());
    }

    private Element Ping() => new Iq(IqType.Get, RandomId.Create(8), null, ServerJid, new Element(Namespaces.Ping, "ping")).ToElement();

    private async Task CloseAsync(XmppStream stream, Task<ConnectionEnd?> writer, Task<ConnectionEnd?> reader)
    {
        await Quietly(writer).ConfigureAwait(false);
        await Quietly(reader).ConfigureAwait(false);
        _outbound.Close(); // or whoever sends without pause would never be done
        if (stream.PendingBytes > 0) return; // the server takes nothing, not even a farewell
        using var limit = new CancellationTokenSource(CloseTimeout, _options.TimeProvider);
        try
        {
            while (_outbound.TryClaim()) stream.Append(_outbound.Take());
            if (_ledger is not null) stream.Append(StreamManagement.Answer(Handled));
            stream.AppendClose();
            await stream.FlushAsync(limit.Token).ConfigureAwait(false);
            StreamRead read;
            do read = await stream.ReadAsync(limit.Token).ConfigureAwait(false);
            while (read.Kind == StreamReadKind.Element);
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException or OperationCanceledException)
        {
            _logger.LogDebug("the stream was not closed cleanly: {Reason}", broken.Message);
        }
    }

    private static async Task Quietly(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // We asked for it.
        }
    }

    private static SessionFailure Lost(string message, bool atServer = false) => new(FailureReason.StreamLost, atServer, message);
}
