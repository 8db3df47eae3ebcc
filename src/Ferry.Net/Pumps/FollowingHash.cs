using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;

namespace Ferry.Net.Pumps;

/// <summary>
/// Hashes a file from its start by reads of its own, behind whoever writes it or sends it. A hash wants its bytes in order, so a transfer that
/// goes on in the middle would have to hash the old part before its first new byte; this way the bytes need not wait, and the hash catches up.
/// Where a mark of an earlier attempt is given, it is compared on the way. New bytes are read back from the system's cache.
/// </summary>
public sealed class FollowingHash : IAsyncDisposable
{
    private const int BufferSize = 256 * 1024;

    private readonly SafeFileHandle _file;
    private readonly RunningHashes _hashes;
    private readonly HashMark? _mark;
    private readonly Action? _differs;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Only the newest number counts.</summary>
    private readonly Channel<long> _available =
        Channel.CreateBounded<long>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly Task<FollowEnd> _run;

    /// <param name="file">Stays the caller's, and open as long as this lives.</param>
    /// <param name="hashes">New ones; looked at by others only through <see cref="RunningHashes.Mark"/> until the end.</param>
    /// <param name="mark">What the file's beginning is known to hash to, or null.</param>
    /// <param name="differs">Called once, from another thread, when it does not.</param>
    public FollowingHash(SafeFileHandle file, RunningHashes hashes, HashMark? mark = null, Action? differs = null)
    {
        (_file, _hashes, _mark, _differs) = (file, hashes, mark, differs);
        _run = Task.Run(RunAsync);
    }

    /// <summary>The file has that many bytes by now, counted from its start. Costs next to nothing.</summary>
    public void Advance(long available) => _available.Writer.TryWrite(available);

    /// <summary>Waits until <paramref name="total"/> bytes are hashed.</summary>
    /// <exception cref="IOException">The file could not be read.</exception>
    public async Task<FollowEnd> FinishAsync(long total, CancellationToken cancellationToken)
    {
        Advance(total);
        _available.Writer.TryComplete();
        return await _run.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops wherever it is.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested) await _stop.CancelAsync().ConfigureAwait(false);
        await _run.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task<FollowEnd> RunAsync()
    {
        var buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
        await foreach (long available in _available.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
        {
            while (_hashes.Bytes < available)
            {
                _stop.Token.ThrowIfCancellationRequested();
                if (!HashNext(available, buffer)) return FollowEnd.TooShort;
                if (_hashes.Bytes != _mark?.Bytes || _hashes.CurrentSha256().AsSpan().SequenceEqual(_mark.Sha256)) continue;
                _differs?.Invoke();
                return FollowEnd.MarkDiffers;
            }
        }

        return FollowEnd.Whole;
    }

    // Stops at the mark, to compare there.
    private bool HashNext(long available, byte[] buffer)
    {
        long end = _mark is { } mark && mark.Bytes > _hashes.Bytes ? Math.Min(mark.Bytes, available) : available;
        int read = RandomAccess.Read(_file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - _hashes.Bytes)), _hashes.Bytes);
        _hashes.Append(buffer.AsSpan(0, read));
        return read > 0;
    }
}
