namespace Ferry.Tests.Transfers;

/// <summary>Some bytes at once, the rest when the gate opens; it cannot seek and its length is unknown.</summary>
internal sealed class GatedStream(int first, int rest) : Stream
{
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _given;

    /// <summary>The rest comes bit by bit instead, so that the sender writes now and then.</summary>
    public bool Trickles { get; init; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Open() => _gate.TrySetResult();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Trickles && _given >= first) await Task.Delay(5, cancellationToken); // a slow source, not a wait for anything
        else if (_given >= first) await _gate.Task.WaitAsync(cancellationToken);
        var count = Math.Min(Trickles ? Math.Min(buffer.Length, 4096) : buffer.Length, (_given < first ? first : first + rest) - _given);
        buffer.Span[..count].Fill((byte)'x');
        _given += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
