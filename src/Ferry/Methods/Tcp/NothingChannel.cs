namespace Ferry.Methods.Tcp;

/// <summary>Where no byte has to cross nobody connects: a channel that has nothing and ends in order.</summary>
internal sealed class NothingChannel : ByteChannel
{
    /// <inheritdoc/>
    public override string Method => RawTcp.Name;

    /// <inheritdoc/>
    public override Stream Stream => Stream.Null;

    /// <inheritdoc/>
    public override TimeSpan IdleTimeout => Timeout.InfiniteTimeSpan;

    /// <inheritdoc/>
    public override Task<bool?> HasMoreAsync(TimeProvider time, CancellationToken cancellationToken) => Task.FromResult<bool?>(false);

    /// <inheritdoc/>
    public override async Task<MethodFailure> PeerLeftAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
        throw new InvalidOperationException("an infinite wait ended");
    }

    /// <inheritdoc/>
    public override Task<MethodFailure?> CompleteAsync(CancellationToken cancellationToken) => Task.FromResult<MethodFailure?>(null);

    /// <inheritdoc/>
    public override Task AbortAsync(AbortCause cause) => Task.CompletedTask;

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => default;
}
