using System.Threading.Channels;

namespace Ferry.Net.Pumps;

/// <summary>
/// Moves a file's bytes from stream to stream and hashes them on the way. The hash of one buffer runs while the next ones are read and
/// written: four buffers go round between the two, and when hashing falls behind, reading waits.
/// </summary>
public static class StreamPump
{
    private const int Buffers = 4;

    /// <summary>So little is hashed sooner than another thread is woken for it: in-band blocks of 4 KiB come one by one.</summary>
    private const int HashedAtOnce = 16 * 1024;

    /// <summary>
    /// Writes begin this small and double up to a whole buffer while they are quick, because a slow sink (in-band, a thin line) must be
    /// seen to progress within the idle time.
    /// </summary>
    private const int FirstSlice = 16 * 1024;
    private const int SmallestSlice = 4 * 1024;
    private static readonly TimeSpan SlowSlice = TimeSpan.FromSeconds(1);

    /// <summary>Copies as the options say. Every end but misuse is a result; neither stream is closed.</summary>
    public static async Task<PumpResult> CopyAsync(Stream source, Stream sink, PumpOptions options, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Length ?? 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BufferSize, SmallestSlice);
        RunningHashes hashes = options.Hashes ?? new RunningHashes();
        try
        {
            using var run = new Run(source, sink, options, hashes, cancellationToken);
            return await run.GoAsync().ConfigureAwait(false);
        }
        finally
        {
            if (options.Hashes is null)
            {
                hashes.Dispose();
            }
        }
    }

    private sealed class Run : IDisposable
    {
        private readonly Stream _source;
        private readonly Stream _sink;
        private readonly PumpOptions _options;
        private readonly RunningHashes _hashes;
        private readonly CancellationToken _callers;
        private readonly CancellationTokenSource _stop;
        private readonly ITimer _idle;

        /// <summary>Bounded by the number of buffers.</summary>
        private readonly Channel<byte[]> _free = Channel.CreateBounded<byte[]>(Buffers);

        /// <summary>Bounded by the number of buffers.</summary>
        private readonly Channel<ArraySegment<byte>> _toHash = Channel.CreateBounded<ArraySegment<byte>>(
            new BoundedChannelOptions(Buffers) { SingleReader = true, SingleWriter = true });

        private int _slice = FirstSlice;
        private int _made;
        private int _unhashed;
        private long _moved;
        private volatile bool _stalled;

        internal Run(Stream source, Stream sink, PumpOptions options, RunningHashes hashes, CancellationToken cancellationToken)
        {
            _source = source;
            _sink = sink;
            _options = options;
            _hashes = hashes;
            _callers = cancellationToken;
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _idle = options.TimeProvider.CreateTimer(_ => Stall(), null, options.IdleTimeout, Timeout.InfiniteTimeSpan);
        }

        internal async Task<PumpResult> GoAsync()
        {
            Task hashing = Task.Run(HashRestAsync, CancellationToken.None);
            (PumpEnd end, Exception? error) = await MoveAsync().ConfigureAwait(false);
            _toHash.Writer.Complete();
            await hashing.ConfigureAwait(false);
            return _options.Hashed
                ? new PumpResult(end, _moved, _hashes.CurrentSha256(), _hashes.CurrentMd5(), error)
                : new PumpResult(end, _moved, [], null, error);
        }

        public void Dispose()
        {
            _idle.Dispose();
            _stop.Dispose();
        }

        private async Task<(PumpEnd End, Exception? Error)> MoveAsync()
        {
            while (_options.Length is not { } length || _moved < length)
            {
                byte[] buffer = await NextBufferAsync().ConfigureAwait(false);
                int read;
                try
                {
                    read = await ReadAsync(buffer.AsMemory(0, ToRead(buffer.Length))).ConfigureAwait(false);
                }
                catch (Exception error)
                {
                    return Ended(PumpEnd.SourceFailed, error);
                }

                if (read == 0)
                {
                    return (_options.Length is null ? PumpEnd.Completed : PumpEnd.SourceEnded, null);
                }

                bool excess = _options.Length is null && _options.MaxLength is { } max && _moved + read > max;
                int keep = excess ? (int)(_options.MaxLength!.Value - _moved) : read;
                long before = _moved;
                try
                {
                    await WriteAsync(buffer.AsMemory(0, keep)).ConfigureAwait(false);
                }
                catch (Exception error)
                {
                    return Ended(PumpEnd.SinkFailed, error);
                }
                finally
                {
                    await HashAsync(new ArraySegment<byte>(buffer, 0, (int)(_moved - before))).ConfigureAwait(false);
                }

                if (excess)
                {
                    return (PumpEnd.Excess, null);
                }
            }

            return (PumpEnd.Completed, null);
        }

        /// <summary>Never more than is expected; one byte more than the bound, to see that there is one.</summary>
        private int ToRead(int room)
        {
            long? left = _options.Length - _moved ?? _options.MaxLength - _moved + 1;
            return left is { } some ? (int)Math.Min(room, some) : room;
        }

        private async ValueTask<int> ReadAsync(Memory<byte> buffer)
        {
            _stop.Token.ThrowIfCancellationRequested();

            // A file's asynchronous read is a synchronous one on another thread: here it costs no hop.
            int read = _source is FileStream file ? file.Read(buffer.Span) : await _source.ReadAsync(buffer, _stop.Token).ConfigureAwait(false);
            Succeeded();
            return read;
        }

        private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
        {
            while (bytes.Length > 0)
            {
                _stop.Token.ThrowIfCancellationRequested();
                ReadOnlyMemory<byte> slice;
                if (_sink is FileStream file)
                {
                    // As on reading; and a disk takes a whole buffer in no time: slices of 16 KiB cost four times the processor time here.
                    slice = bytes;
                    file.Write(slice.Span);
                }
                else
                {
                    slice = bytes[..Math.Min(_slice, bytes.Length)];
                    long begun = _options.TimeProvider.GetTimestamp();
                    await _sink.WriteAsync(slice, _stop.Token).ConfigureAwait(false);
                    bool slow = _options.TimeProvider.GetElapsedTime(begun) > SlowSlice;
                    _slice = slow ? Math.Max(SmallestSlice, _slice / 2) : Math.Min(_options.BufferSize, _slice * 2);
                }

                Succeeded();
                _moved += slice.Length;
                bytes = bytes[slice.Length..];
                _options.Progress?.Invoke(_moved);
            }
        }

        private ValueTask HashAsync(ArraySegment<byte> piece)
        {
            // In order: only when nothing is left of what came before.
            if ((piece.Count <= HashedAtOnce || _options.HashedInPlace) && Volatile.Read(ref _unhashed) == 0)
            {
                Hash(piece);
                return ValueTask.CompletedTask;
            }

            Interlocked.Increment(ref _unhashed);
            return _toHash.Writer.WriteAsync(piece, CancellationToken.None);
        }

        private async Task HashRestAsync()
        {
            await foreach (ArraySegment<byte> piece in _toHash.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                Hash(piece);
                Interlocked.Decrement(ref _unhashed);
            }
        }

        private void Hash(ArraySegment<byte> piece)
        {
            if (_options.Hashed) _hashes.Append(piece);
            _free.Writer.TryWrite(piece.Array!);
        }

        /// <summary>
        /// Plain arrays instead of a shared pool: four of them live as long as the pump, and a pool would keep a peer's bytes.
        /// </summary>
        private ValueTask<byte[]> NextBufferAsync()
        {
            if (_free.Reader.TryRead(out byte[]? buffer))
            {
                return ValueTask.FromResult(buffer);
            }

            if (_made == Buffers)
            {
                return _free.Reader.ReadAsync(CancellationToken.None);
            }

            _made++;
            return ValueTask.FromResult(GC.AllocateUninitializedArray<byte>(_options.BufferSize));
        }

        private void Succeeded() => _idle.Change(_options.IdleTimeout, Timeout.InfiniteTimeSpan);

        private void Stall()
        {
            _stalled = true;
            try
            {
                _stop.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The pump ended while the timer fired.
            }
        }

        private (PumpEnd End, Exception? Error) Ended(PumpEnd failure, Exception error)
        {
            if (_callers.IsCancellationRequested)
            {
                return (PumpEnd.Cancelled, null);
            }

            return _stalled ? (PumpEnd.Stalled, null) : (failure, error);
        }
    }
}
