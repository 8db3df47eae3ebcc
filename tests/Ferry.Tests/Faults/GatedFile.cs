namespace Ferry.Tests.Faults;

/// <summary>A file that is read once as it is, for its hash, and from then on comes to a stop behind its first bytes.</summary>
internal sealed class GatedFile(string path, int first) : Stream
{
    private readonly FileStream _file = new(path, FileMode.Open, FileAccess.Read);
    private bool _rewound;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _file.Length;

    public override long Position
    {
        get => _file.Position;
        set => (_file.Position, _rewound) = (value, true);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_rewound) return await _file.ReadAsync(buffer, cancellationToken);
        if (_file.Position >= first) await Task.Delay(Timeout.Infinite, cancellationToken);
        return await _file.ReadAsync(buffer[..(int)Math.Min(buffer.Length, first - _file.Position)], cancellationToken);
    }

    public override int Read(byte[] buffer, int offset, int count) => _file.Read(buffer, offset, count);

    public override void Flush() => _file.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _file.Dispose();
        base.Dispose(disposing);
    }
}
