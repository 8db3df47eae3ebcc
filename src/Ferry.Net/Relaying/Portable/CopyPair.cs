using System.Buffers;
using System.Net.Sockets;

namespace Ferry.Net.Relaying.Portable;

/// <summary>Two joined connections, copied by a task for each direction.</summary>
internal sealed class CopyPair(CopyConnection first, CopyConnection second, RelayFlow flow, TimeProvider time)
{
    private const int BufferSize = 128 * 1024;

    private readonly TaskCompletionSource<RelayEnding> _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastMoved = time.GetTimestamp();
    private volatile bool _forwardFinished;
    private volatile bool _backwardFinished;

    internal async Task<RelayEnding> RunAsync(CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task forward = CopyAsync(forward: true, over.Token);
        Task backward = CopyAsync(forward: false, over.Token);
        Task idle = WatchAsync(over.Token);
        CancellationTokenRegistration cancelled = cancellationToken.Register(() => _ending.TrySetResult(RelayEnding.Cancelled));
        await using (cancelled.ConfigureAwait(false))
        {
            RelayEnding ending = await _ending.Task.ConfigureAwait(false);
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(forward, backward, idle).ConfigureAwait(false);
            return ending;
        }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                if (time.GetElapsedTime(Volatile.Read(ref _lastMoved)) >= flow.Terms.Idle)
                {
                    // One file went through whole; the other side just never closes.
                    _ending.TrySetResult(_forwardFinished || _backwardFinished ? RelayEnding.Done : RelayEnding.Idle);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task CopyAsync(bool forward, CancellationToken cancellationToken)
    {
        try
        {
            while (await StepAsync(forward, cancellationToken).ConfigureAwait(false))
            {
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>False when the direction has ended.</summary>
    private async Task<bool> StepAsync(bool forward, CancellationToken cancellationToken)
    {
        (Socket source, Socket sink) = forward ? (first.Socket, second.Socket) : (second.Socket, first.Socket);
        long granted = Rates.Take(flow.Terms.Rates, BufferSize);
        if (granted == 0)
        {
            await Task.Delay(Rates.Wait(flow.Terms.Rates), time, cancellationToken).ConfigureAwait(false);
            return true;
        }

        // Waits without a buffer: idle pairs hold none.
        if (await ReadAsync(forward, source, Memory<byte>.Empty, cancellationToken).ConfigureAwait(false) < 0)
        {
            Rates.GiveBack(flow.Terms.Rates, granted);
            return false;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int got = await ReadAsync(forward, source, buffer.AsMemory(0, (int)granted), cancellationToken).ConfigureAwait(false);
            Rates.GiveBack(flow.Terms.Rates, granted - Math.Max(got, 0));
            return got > 0
                ? await PassAsync(forward, sink, buffer.AsMemory(0, got), cancellationToken).ConfigureAwait(false)
                : Finish(forward, sink, got);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private Task<bool> PassAsync(bool forward, Socket sink, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (!flow.IsOver(bytes.Length))
        {
            return WriteAsync(forward, sink, bytes, cancellationToken);
        }

        _ending.TrySetResult(RelayEnding.TooLarge);
        return Task.FromResult(false);
    }

    /// <summary>-1: the source was reset, and the pair has ended.</summary>
    private async Task<int> ReadAsync(bool forward, Socket source, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            bool otherWayFinished = forward ? _backwardFinished : _forwardFinished;
            _ending.TrySetResult(otherWayFinished ? RelayEnding.Done : forward ? RelayEnding.FirstLost : RelayEnding.SecondLost);
            return -1;
        }
    }

    private async Task<bool> WriteAsync(bool forward, Socket sink, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                int put = await sink.SendAsync(bytes, cancellationToken).ConfigureAwait(false);
                bytes = bytes[put..];
                flow.Count(forward, put);
                Volatile.Write(ref _lastMoved, time.GetTimestamp());
            }
        }
        catch (SocketException error)
        {
            // It had sent a file and said its end before: what is meant for it is stray, and the file's tail may still be on the way.
            bool hasSent = (forward ? flow.Backward : flow.Forward) > 0;
            if (hasSent && (error.SocketErrorCode == SocketError.Shutdown || (forward ? _backwardFinished : _forwardFinished)))
            {
                return true;
            }

            _ending.TrySetResult(forward ? RelayEnding.SecondLost : RelayEnding.FirstLost);
            return false;
        }

        return true;
    }

    private bool Finish(bool forward, Socket sink, int got)
    {
        if (got < 0)
        {
            return false;
        }

        try
        {
            sink.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Gone: its own direction says so.
        }

        if (forward)
        {
            _forwardFinished = true;
        }
        else
        {
            _backwardFinished = true;
        }

        if (_forwardFinished && _backwardFinished)
        {
            _ending.TrySetResult(RelayEnding.Done);
        }

        return false;
    }
}
