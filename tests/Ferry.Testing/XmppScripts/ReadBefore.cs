namespace Ferry.Testing.XmppScripts;

/// <summary>A stream with bytes that were read earlier in front of it.</summary>
internal sealed class ReadBefore(byte[] before, Stream then) : Stream
{
    private int _at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var some = Math.Min(buffer.Length, before.Length - _at);
        if (some == 0) return then.ReadAsync(buffer, cancellationToken);
        before.AsSpan(_at, some).CopyTo(buffer.Span);
        _at += some;
        return ValueTask.FromResult(some);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => then.WriteAsync(buffer, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override Task FlushAsync(CancellationToken cancellationToken) => then.FlushAsync(cancellationToken);

    public override void Flush() => then.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) then.Dispose();
        base.Dispose(disposing);
    }
}
