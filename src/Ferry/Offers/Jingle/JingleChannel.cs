using Ferry.Methods;

namespace Ferry.Offers.Jingle;

/// <summary>A transport's channel, which ends with its session when that fails: what the peer says of the reason counts, not what the stream looks like then.</summary>
internal sealed class JingleChannel : ByteChannel
{
    private readonly ByteChannel _inner;
    private readonly Task<MethodFailure> _failed;
    private readonly Stream _stream;

    /// <param name="inner">The transport's.</param>
    /// <param name="receiving">It is read from here.</param>
    /// <param name="failed">Completes when the peer ends the content by a failure, never otherwise.</param>
    public JingleChannel(ByteChannel inner, bool receiving, Task<MethodFailure> failed)
    {
        (_inner, _failed) = (inner, failed);
        _stream = receiving ? new FailingStream(inner.Stream, failed) : inner.Stream;
    }

    /// <inheritdoc/>
    public override string Method => _inner.Method;

    /// <inheritdoc/>
    public override Stream Stream => _stream;

    /// <inheritdoc/>
    public override int? BufferSize => _inner.BufferSize;

    /// <inheritdoc/>
    public override MethodFailure? EndedHere => _inner.EndedHere;

    /// <inheritdoc/>
    public override TimeSpan IdleTimeout => _inner.IdleTimeout;

    /// <inheritdoc/>
    public override Task<bool?> HasMoreAsync(TimeProvider time, CancellationToken cancellationToken) => _inner.HasMoreAsync(time, cancellationToken);

    /// <inheritdoc/>
    public override async Task<MethodFailure> PeerLeftAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var left = _inner.PeerLeftAsync(stop.Token);
        await Task.WhenAny(left, _failed).ConfigureAwait(false);
        if (!_failed.IsCompleted) return await left.ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await QuietlyAsync(left).ConfigureAwait(false);
        return await _failed.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task<MethodFailure?> CompleteAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var completing = _inner.CompleteAsync(stop.Token);
        await Task.WhenAny((Task)completing, _failed).ConfigureAwait(false);
        if (completing.IsCompleted)
        {
            var end = await completing.ConfigureAwait(false);
            return end is not null && _failed.IsCompleted ? await _failed.ConfigureAwait(false) : end;
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await QuietlyAsync(completing).ConfigureAwait(false);
        return await _failed.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override Task SettleAsync(bool kept, CancellationToken cancellationToken) => _inner.SettleAsync(kept, cancellationToken);

    /// <inheritdoc/>
    public override Task AbortAsync(AbortCause cause) => _inner.AbortAsync(cause);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _inner.DisposeAsync();

    private static Task QuietlyAsync(Task task) => task.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>Reads until the session fails.</summary>
    private sealed class FailingStream(Stream inner, Task<MethodFailure> failed) : Stream
    {
        /// <inheritdoc/>
        public override bool CanRead => true;

        /// <inheritdoc/>
        public override bool CanSeek => false;

        /// <inheritdoc/>
        public override bool CanWrite => false;

        /// <inheritdoc/>
        public override long Length => throw new NotSupportedException();

        /// <inheritdoc/>
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        /// <inheritdoc/>
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                return read == 0 && buffer.Length > 0 && failed.IsCompleted ? throw new ChannelException(await failed.ConfigureAwait(false)) : read;
            }
            catch (Exception broken) when (failed.IsCompleted && broken is (IOException or InvalidOperationException) and not ChannelException)
            {
                throw new ChannelException(await failed.ConfigureAwait(false));
            }
        }

        /// <inheritdoc/>
        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        /// <inheritdoc/>
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("asynchronous only");

        /// <inheritdoc/>
        public override void Flush()
        {
            // Nothing is written.
        }

        /// <inheritdoc/>
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        /// <inheritdoc/>
        public override void SetLength(long value) => throw new NotSupportedException();

        /// <inheritdoc/>
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
