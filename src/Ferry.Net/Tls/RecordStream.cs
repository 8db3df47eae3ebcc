namespace Ferry.Net.Tls;

/// <summary>
/// The connection under a TLS stream. <see cref="System.Net.Security.SslStream"/> writes each record by a call of its own and reads one at a time,
/// each after a read of nothing: with large stanzas the system calls and the turns of the thread pool cost more than the bytes. Here full records wait for what
/// follows them until the end of the write, and as much is read at once as there is.
/// <para>
/// A full record is held back until a shorter one, a flush or <see cref="MostHeld"/> bytes; whoever writes must flush, as SslStream's users do anyway. One reader and
/// one writer at a time. Buffers begin small, grow with what comes, and shrink again when little comes for a while, so that idle connections cost little.
/// </para>
/// </summary>
public sealed class RecordStream(Stream inner) : Stream
{
    /// <summary>Bytes that wait for a flush at most, and that are read at once at most.</summary>
    public const int MostHeld = 128 * 1024;

    /// <summary>A record with less is the last one of a write.</summary>
    private const int FullRecord = 4 * 1024;

    private const int SmallBuffer = 8 * 1024;

    /// <summary>Turns in a row with little in them, after which a large buffer is given back.</summary>
    private const int FewTurns = 16;

    private byte[] _in = new byte[SmallBuffer];
    private int _start;
    private int _end;
    private int _littleRead;
    private byte[] _out = [];
    private int _held;
    private int _littleWritten;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Bytes of both buffers, for tests.</summary>
    internal int BufferBytes => _in.Length + _out.Length;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _start < _end ? new ValueTask<int>(Take(buffer.Span)) : FillAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) =>
        _start < _end ? Take(buffer.AsSpan(offset, count)) : inner.Read(buffer, offset, count);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_held == 0 && buffer.Length < FullRecord) return inner.WriteAsync(buffer, cancellationToken);
        if (_held + buffer.Length > MostHeld) return MakeRoomAsync(buffer, cancellationToken);
        Hold(buffer.Span);
        return buffer.Length < FullRecord ? SendHeldAsync(cancellationToken) : default;
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        Flush();
        inner.Write(buffer, offset, count);
    }

    /// <inheritdoc/>
    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_held > 0) await SendHeldAsync(cancellationToken).ConfigureAwait(false);
        else if (_out.Length > 0 && ++_littleWritten >= FewTurns) _out = [];
        await inner.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        if (_held > 0) inner.Write(_out, 0, _held);
        _held = 0;
        inner.Flush();
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private int Take(Span<byte> into)
    {
        var count = Math.Min(into.Length, _end - _start);
        _in.AsSpan(_start, count).CopyTo(into);
        _start += count;
        return count;
    }

    // A read of nothing waits here too until there is something, or the end.
    private async ValueTask<int> FillAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Resize();
        _end = _start = 0; // first, so that a read that fails leaves nothing behind
        _end = await inner.ReadAsync(_in, cancellationToken).ConfigureAwait(false);
        return Take(buffer.Span);
    }

    private void Resize()
    {
        if (_end == _in.Length && _in.Length < MostHeld) _in = new byte[_in.Length * 2];
        _littleRead = _end >= SmallBuffer ? 0 : _littleRead + 1;
        if (_littleRead < FewTurns || _in.Length == SmallBuffer) return;
        _in = new byte[SmallBuffer];
    }

    private void Hold(ReadOnlySpan<byte> bytes)
    {
        _littleWritten = 0;
        if (_held + bytes.Length > _out.Length) Array.Resize(ref _out, Math.Min(MostHeld, Math.Max(2 * _out.Length, Math.Max(8 * FullRecord, bytes.Length))));
        bytes.CopyTo(_out.AsSpan(_held));
        _held += bytes.Length;
    }

    private async ValueTask MakeRoomAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        await SendHeldAsync(cancellationToken).ConfigureAwait(false);
        if (buffer.Length > MostHeld) await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        else await WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask SendHeldAsync(CancellationToken cancellationToken)
    {
        var held = _out.AsMemory(0, _held);
        _held = 0;
        if (held.Length > 0) await inner.WriteAsync(held, cancellationToken).ConfigureAwait(false);
    }
}
