namespace Ferry.Methods.InBand;

/// <summary>An in-band stream as a method's yield.</summary>
internal sealed class InBandChannel(IInBandStream stream, TimeSpan idleTimeout, int? bufferSize = null) : ByteChannel
{
    /// <inheritdoc/>
    public override string Method => InBandMethod.Name;

    /// <inheritdoc/>
    public override Stream Stream => stream.Bytes;

    /// <inheritdoc/>
    public override int? BufferSize => bufferSize;

    /// <inheritdoc/>
    public override TimeSpan IdleTimeout => idleTimeout;

    /// <inheritdoc/>
    public override Task<bool?> HasMoreAsync(TimeProvider time, CancellationToken cancellationToken) => stream is InBandReceiveStream received
        ? received.HasMoreAsync(MoreWait, cancellationToken)
        : throw new InvalidOperationException("nothing comes to a sender");

    /// <inheritdoc/>
    public override async Task<MethodFailure> PeerLeftAsync(CancellationToken cancellationToken)
    {
        if (await stream.Over.WaitAsync(cancellationToken).ConfigureAwait(false) is { } failure) return failure;
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
        throw new OperationCanceledException(cancellationToken);
    }

    /// <inheritdoc/>
    public override Task<MethodFailure?> CompleteAsync(CancellationToken cancellationToken) => stream.CompleteAsync(cancellationToken);

    /// <inheritdoc/>
    public override Task SettleAsync(bool kept, CancellationToken cancellationToken) =>
        stream is InBandReceiveStream received ? received.SettleAsync(kept, cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    public override Task AbortAsync(AbortCause cause) => stream.AbortAsync();

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => stream.DisposeAsync();
}
