using Ferry.Net.Pumps;
using Microsoft.Win32.SafeHandles;

namespace Ferry.Resuming;

/// <summary>
/// Notes once a second how far a receive has come, after the disk has the bytes: what a crash leaves is not more than the journal says. Its
/// waiting for the disk holds up nobody.
/// </summary>
internal sealed class JournalKeeper : IAsyncDisposable
{
    /// <summary>Between two notes; a killed receive loses no more than this.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly PartialJournal _page;
    private readonly SafeFileHandle _file;
    private readonly RunningHashes _hashes;
    private readonly PeriodicTimer _timer;
    private readonly Task _run;
    private long _moved;
    private long _noted;

    public JournalKeeper(PartialJournal page, SafeFileHandle file, RunningHashes hashes, long start, TimeProvider time)
    {
        (_page, _file, _hashes, _moved, _noted) = (page, file, hashes, start, start);
        _timer = new PeriodicTimer(Interval, time);
        _run = Task.Run(RunAsync);
    }

    /// <summary>That many bytes are written, counted from the file's start.</summary>
    public void Moved(long bytes) => Volatile.Write(ref _moved, bytes);

    /// <summary>Notes what came since the last time; after <see cref="DisposeAsync"/>.</summary>
    public void NoteNow()
    {
        var moved = Volatile.Read(ref _moved);
        if (moved == _noted) return;
        var mark = _hashes.Mark(); // before the flush: nothing behind it is noted
        try
        {
            RandomAccess.FlushToDisk(_file);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return;
        }

        _page.Note(moved, mark.Bytes <= moved ? mark : HashMark.Empty);
        _noted = moved;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _run.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        while (await _timer.WaitForNextTickAsync().ConfigureAwait(false)) NoteNow();
    }
}
