namespace Ferry.Methods.HttpBridge;

/// <summary>The receiver's end of a bridged stream: the body of a GET, which breaks off where the sender's end did.</summary>
internal sealed class BridgeDownloadChannel(HttpClient http, HttpResponseMessage response, Stream body, TimeSpan idle) : ByteChannel
{
    /// <inheritdoc/>
    public override string Method => MethodNames.HttpBridge;

    /// <inheritdoc/>
    public override Stream Stream => body;

    /// <inheritdoc/>
    public override TimeSpan IdleTimeout => idle;

    /// <inheritdoc/>
    public override async Task<MethodFailure> PeerLeftAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
        throw new InvalidOperationException("a receiver's end is not asked");
    }

    /// <inheritdoc/>
    public override async Task<MethodFailure?> CompleteAsync(CancellationToken cancellationToken)
    {
        await DisposeAsync().ConfigureAwait(false);
        return null;
    }

    /// <inheritdoc/>
    public override async Task AbortAsync(AbortCause cause) => await DisposeAsync().ConfigureAwait(false);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        response.Dispose();
        http.Dispose();
        return ValueTask.CompletedTask;
    }
}
