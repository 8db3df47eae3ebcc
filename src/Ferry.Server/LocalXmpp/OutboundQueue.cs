using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;

namespace Ferry.Server.LocalXmpp;

/// <summary>
/// What waits to be written to one client. Bounded in bytes: whoever sends on behalf of another client offers and waits for room; what the
/// server itself has to say (presence, pushes, acknowledgements) is pushed into a reserve that is a quarter of the bound. With stream
/// management, what was written stays in the ledger until it is acknowledged, at most as many bytes again.
/// Theory of operation: any number of senders, one writer that takes batches, one reader that acknowledges; every method is short and locked.
/// </summary>
internal sealed class OutboundQueue(int maxBytes)
{
    private readonly Lock _gate = new();
    private readonly Queue<(Element Element, int Bytes)> _waiting = new();
    private StreamLedger? _ledger;
    private bool _counting;
    private Element? _startCountingAfter;
    private long _bytes;        // waiting, and taken but not yet flushed
    private long _taken;
    private TaskCompletionSource? _room;
    private TaskCompletionSource? _work;
    private bool _finishing;
    private bool _closed;

    /// <summary>Bytes waiting or under way to the client.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate) return _bytes + (_ledger?.OutstandingBytes ?? 0);
        }
    }

    /// <summary>Stanzas of the client that were handled: our <c>h</c>.</summary>
    public uint Handled
    {
        get
        {
            lock (_gate) return _ledger?.Handled ?? 0;
        }
    }

    /// <summary>Whether stream management is on.</summary>
    public bool Managed
    {
        get
        {
            lock (_gate) return _ledger is not null;
        }
    }

    /// <summary>Takes a stanza of another client where there is room.</summary>
    public Admission Offer(Element element, int bytes) => Add(element, bytes, maxBytes);

    /// <summary>Takes what the server itself says; full means that even the reserve is used up, and the client should be ended.</summary>
    public Admission Push(Element element) => Add(element, StanzaSize.Of(element), maxBytes + (maxBytes / 4));

    /// <summary>Completes when half of the queue is free, or the session is over.</summary>
    public Task RoomAsync()
    {
        lock (_gate)
        {
            if (_closed || _bytes < maxBytes) return Task.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>Waits until something may be taken. False: nothing will come any more.</summary>
    public async ValueTask<bool> WorkAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task work;
            lock (_gate)
            {
                if (_closed) return false;
                if (_waiting.Count > 0 && _ledger is not { IsFull: true }) return true;
                if (_finishing && _waiting.Count == 0) return false;
                _work ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                work = _work.Task;
            }

            await work.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes up to about <paramref name="bytes"/> to write. True: ask for an acknowledgement behind them.</summary>
    public bool Take(List<Element> batch, int bytes, DateTimeOffset now)
    {
        lock (_gate)
        {
            for (var sum = 0; sum < bytes && _waiting.TryDequeue(out var next); sum += next.Bytes)
            {
                batch.Add(next.Element);
                _taken += next.Bytes;
                if (_counting && StreamLedger.Counts(next.Element)) _ledger!.Sent(next.Element, next.Bytes);
                if (ReferenceEquals(next.Element, _startCountingAfter)) _counting = true;
            }

            return _counting && _ledger!.ShouldRequest(now);
        }
    }

    /// <summary>What was taken last has reached the socket, or is lost with it.</summary>
    public void Flushed()
    {
        lock (_gate)
        {
            _bytes -= _taken;
            _taken = 0;
            if (_bytes <= maxBytes / 2) Release(ref _room);
        }
    }

    /// <summary>Turns stream management on: everything behind <paramref name="enabled"/>, which is queued here, counts.</summary>
    public Admission StartCounting(Element enabled)
    {
        lock (_gate)
        {
            _ledger = new StreamLedger(maxBytes);
            _startCountingAfter = enabled;
        }

        return Push(enabled);
    }

    /// <summary>One more stanza of the client was handled.</summary>
    public void Receive()
    {
        lock (_gate) _ledger?.Receive();
    }

    /// <summary>The client has handled <paramref name="h"/> stanzas. False: more than there were.</summary>
    public bool TryAcknowledge(uint h)
    {
        lock (_gate)
        {
            if (_ledger is null || !_ledger.TryAcknowledge(h)) return false;
            Release(ref _work);
            return true;
        }
    }

    /// <summary>The same in the middle of a stream, where an old number is no news.</summary>
    public bool TryHear(uint h)
    {
        lock (_gate)
        {
            if (_ledger is null || !_ledger.TryHear(h)) return false;
            Release(ref _work);
            return true;
        }
    }

    /// <summary>Whether an acknowledgement is due though nothing is written.</summary>
    public bool RequestDue(DateTimeOffset now)
    {
        lock (_gate) return _counting && !_closed && _ledger!.ShouldRequest(now);
    }

    /// <summary>The connection broke, the session waits for another: stream elements of the old one go, stanzas stay.</summary>
    public void Detach()
    {
        lock (_gate)
        {
            _bytes -= _taken;
            _taken = 0;
            Requeue([.. _waiting.Where(entry => StreamLedger.Counts(entry.Element))]);
        }
    }

    /// <summary>A resumed stream begins with <paramref name="resumed"/>, then what was never acknowledged, then what waited.</summary>
    public void Replay(Element resumed)
    {
        lock (_gate)
        {
            var again = _ledger!.TakeUnacknowledged().Select(stanza => (stanza, StanzaSize.Of(stanza)));
            Requeue([(resumed, StanzaSize.Of(resumed)), .. again, .. _waiting]);
            Release(ref _work);
        }
    }

    /// <summary>Lets the writer finish what waits, then <see cref="WorkAsync"/> says no.</summary>
    public void Finish()
    {
        lock (_gate)
        {
            _finishing = true;
            Release(ref _work);
        }
    }

    /// <summary>Ends it at once.</summary>
    /// <returns>Stanzas that the client has not had, or has not acknowledged.</returns>
    public IReadOnlyList<Element> Close()
    {
        lock (_gate)
        {
            if (_closed) return [];
            _closed = true;
            var left = (_ledger?.TakeUnacknowledged() ?? []).Concat(_waiting.Select(entry => entry.Element)).Where(StreamLedger.Counts).ToList();
            _waiting.Clear();
            _bytes = _taken;
            Release(ref _work);
            Release(ref _room);
            return left;
        }
    }

    private Admission Add(Element element, int bytes, int limit)
    {
        lock (_gate)
        {
            if (_closed || _finishing) return Admission.Closed;
            if (_bytes >= limit) return Admission.Full;
            _waiting.Enqueue((element, bytes));
            _bytes += bytes;
            if (_waiting.Count == 1) Release(ref _work);
            return Admission.Taken;
        }
    }

    private void Requeue(List<(Element Element, int Bytes)> entries)
    {
        _waiting.Clear();
        _bytes = _taken;
        foreach (var entry in entries)
        {
            _waiting.Enqueue(entry);
            _bytes += entry.Bytes;
        }
    }

    private static void Release(ref TaskCompletionSource? signal)
    {
        signal?.TrySetResult();
        signal = null;
    }
}
