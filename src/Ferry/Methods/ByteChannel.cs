namespace Ferry.Methods;

/// <summary>
/// What a method yields: a stream of bytes between us and the peer, one way for files. The sender writes to <see cref="Stream"/>, the
/// receiver reads from it. Errors of the stream are <see cref="ChannelException"/> with their reason.
/// </summary>
internal abstract class ByteChannel : IAsyncDisposable
{
    /// <summary>How long a peer's close, or more of its bytes, are waited for.</summary>
    protected static readonly TimeSpan MoreWait = TimeSpan.FromSeconds(2);

    /// <summary>The method's name in events: <c>s5b-direct</c>.</summary>
    public abstract string Method { get; }

    /// <summary>The bytes.</summary>
    public abstract Stream Stream { get; }

    /// <summary>Bytes that are best written or read at once; null leaves it to the pump.</summary>
    public virtual int? BufferSize => null;

    /// <summary>Time without a byte that ends the transfer.</summary>
    public abstract TimeSpan IdleTimeout { get; }

    /// <summary>Why this side ended the stream of its own accord, or null: then its errors tell what happened to it.</summary>
    public virtual MethodFailure? EndedHere => null;

    /// <summary>
    /// At a receiver that has read all it asked for, before <see cref="CompleteAsync"/>: whether the peer sends more. Null when it neither sent nor
    /// closed within <see cref="MoreWait"/>.
    /// </summary>
    public virtual async Task<bool?> HasMoreAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(MoreWait, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await Stream.ReadAsync(new byte[1], both.Token).ConfigureAwait(false) > 0;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (IOException)
        {
            return false; // a reset: nothing more comes
        }
    }

    /// <summary>
    /// At a sender: completes when the peer has gone before everything was written, with why, whether or not anything is being written just then. Ends
    /// by cancellation otherwise, which must come, and be waited for, before <see cref="CompleteAsync"/>.
    /// </summary>
    public abstract Task<MethodFailure> PeerLeftAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Ends a stream in order. The sender has written everything: this flushes, waits until the peer has it as far as the method can tell, and
    /// closes. The receiver has read everything. Null, or why the end was not in order.
    /// </summary>
    public abstract Task<MethodFailure?> CompleteAsync(CancellationToken cancellationToken);

    /// <summary>
    /// At a receiver, after <see cref="CompleteAsync"/>: whether the file was kept, told to the sender where the method has a word for it. Never throws.
    /// </summary>
    public virtual Task SettleAsync(bool kept, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends a stream in the middle, and lets the peer know as far as the method can.</summary>
    public abstract Task AbortAsync(AbortCause cause);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>Why this side ends a stream in the middle.</summary>
internal enum AbortCause
{
    /// <summary>The user cancelled.</summary>
    Cancelled,

    /// <summary>We cannot store or read on.</summary>
    Failed,
}
