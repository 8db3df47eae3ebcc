namespace Ferry.Testing;

/// <summary>A stream whose reads and writes are a test's functions. Without one a read ends the stream and a write does nothing.</summary>
public sealed class ScriptedStream : Stream
{
    /// <summary>Gives the number of bytes "read"; the buffer stays as it is.</summary>
    public Func<CancellationToken, ValueTask<int>> OnRead { get; set; } = _ => ValueTask.FromResult(0);

    public Func<ReadOnlyMemory<byte>, ValueTask> OnWrite { get; set; } = _ => ValueTask.CompletedTask;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        await OnRead(cancellationToken);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        await OnWrite(buffer);

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
