using Ferry.Methods;

namespace Ferry.Tests.Transfers;

/// <summary>A channel whose bytes are given; then it ends, breaks or stays open.</summary>
internal sealed class ArrivingBytes(byte[] bytes, ArrivingBytes.After after = ArrivingBytes.After.Closed) : ByteChannel
{
    public enum After
    {
        Closed,
        Reset,
        StaysOpen,
    }

    public override string Method => "test";

    public override Stream Stream { get; } = new Source(bytes, after);

    public override TimeSpan IdleTimeout => TimeSpan.FromMinutes(1);

    public bool Aborted { get; private set; }

    public override Task<MethodFailure> PeerLeftAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public override Task<MethodFailure?> CompleteAsync(CancellationToken cancellationToken) => Task.FromResult<MethodFailure?>(null);

    public override Task AbortAsync(AbortCause cause)
    {
        Aborted = true;
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync() => default;

    private sealed class Source(byte[] bytes, After after) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = Read(buffer.Span[..Math.Min(buffer.Length, 1000)]);
            if (read > 0 || after == After.Closed) return read;
            if (after == After.Reset) throw new IOException("reset");
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }
}
