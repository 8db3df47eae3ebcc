using System.Runtime.Versioning;

namespace Ferry.Net.Relaying.Linux;

/// <summary>The loop that moves the bytes of its pairs.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SpliceLane(string name, int mostPipes, TimeProvider time) : PollLoop(name, time)
{
    /// <summary>Bytes of one direction before the others have their turn.</summary>
    private const long Turn = 4L << 20;
    private const int CopyBuffer = 128 * 1024;

    /// <summary>Of what a finished sink has not acknowledged, its FIN counts as one.</summary>
    private const int OnlyTheEnd = 1;

    private readonly HashSet<SplicePair> _pairs = [];
    private readonly List<SplicePair> _silent = [];
    private readonly Queue<SpliceDirection> _queue = new();
    private readonly PriorityQueue<SpliceDirection, long> _waiting = new();
    private readonly PipePool _pipes = new(mostPipes);
    private readonly TimeProvider _time = time;
    private byte[]? _copy;
    private volatile int _count;

    /// <summary>Pairs that run.</summary>
    internal int Count => _count;

    /// <summary>Takes a pair over; its descriptors are watched by nobody.</summary>
    internal void Take(SplicePair pair) => Post(() =>
    {
        _pairs.Add(pair);
        _count = _pairs.Count;
        if (Over)
        {
            End(pair, RelayEnding.Cancelled);
            return;
        }

        pair.LastMoved = _time.GetTimestamp();
        Watch(pair.First);
        Watch(pair.Second);
    });

    internal void Cancel(SplicePair pair) => Post(() => End(pair, RelayEnding.Cancelled));

    /// <inheritdoc/>
    private protected override void Ready(object owner, uint events)
    {
        var connection = (SpliceConnection)owner;
        SplicePair pair = connection.Pair!;
        if ((events & (LinuxCalls.Writable | LinuxCalls.Failed | LinuxCalls.HungUp)) != 0)
        {
            Move(pair.To(connection));
        }

        if (!pair.Ended && (events & ~LinuxCalls.Writable) != 0)
        {
            Move(pair.From(connection));
        }
    }

    /// <inheritdoc/>
    private protected override int Continue()
    {
        long now = _time.GetTimestamp();
        while (_waiting.TryPeek(out SpliceDirection? due, out long at) && at <= now)
        {
            _waiting.Dequeue();
            due.Queued = false;
            Move(due);
        }

        for (int left = _queue.Count; left > 0; left--)
        {
            SpliceDirection next = _queue.Dequeue();
            next.Queued = false;
            Move(next);
        }

        if (_queue.Count > 0)
        {
            return 0;
        }

        return _waiting.TryPeek(out _, out long soonest)
            ? Math.Max(1, (int)_time.GetElapsedTime(_time.GetTimestamp(), soonest).TotalMilliseconds)
            : -1;
    }

    /// <inheritdoc/>
    private protected override void Tick()
    {
        long now = _time.GetTimestamp();
        foreach (SplicePair pair in _pairs)
        {
            TimeSpan silent = _time.GetElapsedTime(pair.LastMoved, now);
            if (silent < pair.Flow.Terms.Idle / 2)
            {
                continue;
            }

            // A slow reader draws on what the kernel holds for it long after our last byte.
            if (Progresses(pair.Forward) | Progresses(pair.Backward))
            {
                pair.LastMoved = now;
            }
            else if (silent >= pair.Flow.Terms.Idle)
            {
                _silent.Add(pair);
            }
        }

        foreach (SplicePair pair in _silent)
        {
            // One file went through whole; the other side just never closes.
            bool delivered = Delivered(pair.Forward) || Delivered(pair.Backward);
            End(pair, delivered ? RelayEnding.Done : RelayEnding.Idle);
        }

        _silent.Clear();
    }

    /// <inheritdoc/>
    private protected override void Finish()
    {
        foreach (SplicePair pair in _pairs.ToArray())
        {
            End(pair, RelayEnding.Cancelled);
        }

        _pipes.Close();
    }

    private void Watch(SpliceConnection connection) => connection.Slot = Register(
        connection.Socket,
        connection,
        LinuxCalls.Readable | LinuxCalls.Writable | LinuxCalls.PeerFinished | LinuxCalls.EdgeTriggered);

    /// <summary>Moves until the source has no more, the sink takes no more, the rate is used up or it is others' turn.</summary>
    private void Move(SpliceDirection way)
    {
        if (way.Pair.Ended || way.Finished || way.Queued)
        {
            return;
        }

        long moved = 0;
        while (moved < Turn)
        {
            nint step = way switch
            {
                { Discards: true } => Discard(way),
                { Waiting: > 0 } => Pour(way),
                { SourceEnded: true } => Pass(way),
                _ => Fill(way),
            };
            if (step < 0)
            {
                return;
            }

            moved += step;
        }

        way.Queued = true;
        _queue.Enqueue(way);
    }

    /// <summary>From the source into the pipe. -1: no more for now, or the pair has ended.</summary>
    private nint Fill(SpliceDirection way)
    {
        RelayTerms terms = way.Pair.Flow.Terms;
        long granted = Rates.Take(terms.Rates, PipePool.Size);
        if (granted == 0)
        {
            Later(way, Rates.Wait(terms.Rates));
            return -1;
        }

        SplicePipe? pipe = _pipes.TryTake();
        if (pipe is null)
        {
            return Copy(way, granted);
        }

        nint got = LinuxCalls.Splice(way.Source.Socket, pipe.Write, (nint)granted);
        int error = got < 0 ? LinuxCalls.Error : 0;
        Rates.GiveBack(terms.Rates, granted - Math.Max(got, 0));
        if (got <= 0)
        {
            _pipes.Return(pipe);
            return Ended(way, got, error);
        }

        (way.Pipe, way.Waiting) = (pipe, got);
        return TakesTooMuch(way, got) ? -1 : 0;
    }

    /// <summary>What a source that gave no bytes means.</summary>
    private nint Ended(SpliceDirection way, nint got, int error)
    {
        if (got == 0)
        {
            way.SourceEnded = true;
            return 0;
        }

        if (error is not (LinuxCalls.ErrorAgain or LinuxCalls.ErrorInterrupted))
        {
            SourceLost(way);
        }

        return -1;
    }

    /// <summary>From the pipe into the sink.</summary>
    private nint Pour(SpliceDirection way)
    {
        nint put = LinuxCalls.Splice(way.Pipe!.Read, way.Sink.Socket, way.Waiting);
        if (put <= 0)
        {
            return NotTaken(way, LinuxCalls.Error);
        }

        Passed(way, put);
        way.Waiting -= put;
        if (way.Waiting == 0)
        {
            _pipes.Return(way.Pipe!);
            way.Pipe = null;
        }

        return put;
    }

    /// <summary>Without a pipe: as much as the sink takes is sent and only then taken from the source, so that nothing is kept here.</summary>
    private nint Copy(SpliceDirection way, long granted)
    {
        _copy ??= GC.AllocateUninitializedArray<byte>(CopyBuffer, pinned: true);
        RelayTerms terms = way.Pair.Flow.Terms;
        nint seen = LinuxCalls.Receive(way.Source.Socket, _copy.AsSpan(0, (int)Math.Min(granted, CopyBuffer)), LinuxCalls.ReceivePeek);
        int error = LinuxCalls.Error;
        if (seen <= 0)
        {
            Rates.GiveBack(terms.Rates, granted);
            return Ended(way, seen, error);
        }

        nint put = TakesTooMuch(way, seen) ? -1 : LinuxCalls.Send(way.Sink.Socket, _copy.AsSpan(0, (int)seen));
        error = LinuxCalls.Error;
        Rates.GiveBack(terms.Rates, granted - Math.Max(put, 0));
        if (put <= 0)
        {
            return way.Pair.Ended ? -1 : NotTaken(way, error);
        }

        LinuxCalls.Discard(way.Source.Socket, put);
        Passed(way, put);
        return put;
    }

    private nint NotTaken(SpliceDirection way, int error)
    {
        if (error is not (LinuxCalls.ErrorAgain or LinuxCalls.ErrorInterrupted))
        {
            SinkLost(way, error);
            return way.Pair.Ended ? -1 : 0;
        }

        return -1;
    }

    /// <summary>Every byte is in the sink's socket: its end follows.</summary>
    private nint Pass(SpliceDirection way)
    {
        LinuxCalls.FinishSending(way.Sink.Socket);
        way.Finished = true;
        EndIfFinished(way.Pair);
        return -1;
    }

    private nint Discard(SpliceDirection way)
    {
        nint got = LinuxCalls.Discard(way.Source.Socket, CopyBuffer);
        if (got > 0)
        {
            return got;
        }

        if (got < 0 && LinuxCalls.Error is LinuxCalls.ErrorAgain or LinuxCalls.ErrorInterrupted)
        {
            return -1;
        }

        way.Finished = true;
        EndIfFinished(way.Pair);
        return -1;
    }

    private void EndIfFinished(SplicePair pair)
    {
        if (pair is { Forward.Finished: true, Backward.Finished: true })
        {
            End(pair, RelayEnding.Done);
        }
    }

    /// <summary>A source that was reset has not said its end, so its sink must not believe that it has all.</summary>
    private void SourceLost(SpliceDirection way)
    {
        SpliceDirection back = way.Pair.To(way.Source);
        // Everything meant for it was passed on and acknowledged: it only left noisily.
        bool satisfied = back is { Finished: true, Discards: false } && LinuxCalls.Unacknowledged(way.Source.Socket) <= OnlyTheEnd;
        End(way.Pair, satisfied ? RelayEnding.Done : way.Pair.Lost(way.Source));
    }

    /// <summary>
    /// A sink that takes no more. When it has sent a file and said its end, what is still meant for it is stray: the file's tail goes on to the other
    /// side, and the stray bytes are thrown away. (EPIPE tells that its end came before it refused; a reset without an end is ECONNRESET.)
    /// </summary>
    private void SinkLost(SpliceDirection way, int error)
    {
        SplicePair pair = way.Pair;
        SpliceDirection back = pair.From(way.Sink);
        bool hasSent = back.Waiting > 0 || (ReferenceEquals(back, pair.Forward) ? pair.Flow.Forward : pair.Flow.Backward) > 0;
        if (!hasSent || (error != LinuxCalls.ErrorPipe && !back.Finished))
        {
            End(pair, pair.Lost(way.Sink));
            return;
        }

        Drop(way);
        way.Discards = true;
    }

    private static bool Progresses(SpliceDirection way)
    {
        int before = way.Unacknowledged;
        way.Unacknowledged = LinuxCalls.Unacknowledged(way.Sink.Socket);
        return way.Unacknowledged < before;
    }

    private static bool Delivered(SpliceDirection way) =>
        way is { Finished: true, Discards: false } && LinuxCalls.Unacknowledged(way.Sink.Socket) <= OnlyTheEnd;

    private bool TakesTooMuch(SpliceDirection way, nint more)
    {
        SplicePair pair = way.Pair;
        if (!pair.Flow.IsOver(pair.Forward.Waiting + pair.Backward.Waiting + (way.Waiting > 0 ? 0 : more)))
        {
            return false;
        }

        End(pair, RelayEnding.TooLarge);
        return true;
    }

    private void Passed(SpliceDirection way, nint bytes)
    {
        way.Pair.Flow.Count(ReferenceEquals(way, way.Pair.Forward), bytes);
        way.Pair.LastMoved = _time.GetTimestamp();
        way.Unacknowledged = 0;
    }

    private void Later(SpliceDirection way, TimeSpan wait)
    {
        way.Queued = true;
        _waiting.Enqueue(way, _time.GetTimestamp() + (long)(wait.TotalSeconds * _time.TimestampFrequency));
    }

    private void End(SplicePair pair, RelayEnding ending)
    {
        if (pair.Ended)
        {
            return;
        }

        pair.Ended = true;
        _pairs.Remove(pair);
        _count = _pairs.Count;
        Drop(pair.Forward);
        Drop(pair.Backward);
        Close(pair.First, ending);
        Close(pair.Second, ending);
        pair.Flow.End(ending);
    }

    private void Drop(SpliceDirection way)
    {
        if (way.Pipe is { } pipe)
        {
            _pipes.Discard(pipe);
            (way.Pipe, way.Waiting) = (null, 0);
        }
    }

    private void Close(SpliceConnection connection, RelayEnding ending)
    {
        if (connection.Slot >= 0)
        {
            Forget(connection.Socket, connection.Slot);
        }

        if (ending == RelayEnding.Done)
        {
            connection.Close();
        }
        else
        {
            connection.Reset();
        }
    }
}
