using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Microsoft.Extensions.Logging;

namespace Ferry.Server.HttpBridge.Spool;

/// <summary>
/// Files that wait on disk for their receivers, what each user has there, and who reads what. A file goes when its receiver has every byte of it, or when its
/// time is up; a restart keeps what was whole.
/// </summary>
internal sealed class SpoolStore : IDisposable
{
    /// <summary>How long a file that is gone is told from one that never was.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(120);

    /// <summary>Files that are gone and remembered; one more forgets the oldest.</summary>
    private const int MaxRemembered = 4096;

    private readonly SpoolOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SpooledFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<Jid, Share> _shares = [];
    private readonly Queue<(DateTimeOffset Since, string Digest)> _gone = [];
    private readonly HashSet<string> _goneDigests = new(StringComparer.Ordinal);
    private long _bytes;
    private int _places;

    private SpoolStore(SpoolFolder folder, SpoolOptions options, TimeProvider time, ILogger log) => (Folder, _options, _time, _log) = (folder, options, time, log);

    public SpoolFolder Folder { get; }

    public SpoolOptions Options => _options;

    /// <summary>Bytes on disk and set aside.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock) return _bytes;
        }
    }

    /// <summary>Files that wait.</summary>
    public int Files
    {
        get
        {
            lock (_lock) return _files.Count;
        }
    }

    /// <summary>Takes the folder, with what a former process left whole in it.</summary>
    /// <param name="create">Makes a new file, where it is not to be an ordinary one.</param>
    /// <exception cref="IOException">It can't be used, or another process uses it.</exception>
    /// <exception cref="UnauthorizedAccessException">It is somebody else's.</exception>
    public static SpoolStore Open(SpoolOptions options, TimeProvider time, ILogger log, Func<string, FileStream>? create = null)
    {
        var store = new SpoolStore(SpoolFolder.Open(options.Folder, create), options, time, log);
        try
        {
            store.Load();
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>A place for one more file of a bare JID's. Null: it has, or all have, as many as they may.</summary>
    public SpoolDraft? TryBegin(Jid owner)
    {
        lock (_lock)
        {
            if (_places >= _options.MaxFiles) return null;
            var share = ShareOf(owner);
            if (share.Places >= _options.MaxFilesPerUser) return null;
            _places++;
            share.Places++;
            return new SpoolDraft(this, owner);
        }
    }

    /// <summary>What a URL's token opens; the second says whether it once did.</summary>
    public bool TryFind(string digest, [NotNullWhen(true)] out SpooledFile? file, out bool isGone)
    {
        lock (_lock)
        {
            isGone = _goneDigests.Contains(digest);
            return _files.TryGetValue(digest, out file);
        }
    }

    /// <summary>Somebody fetches it from this byte on, and calls <see cref="EndRead"/> in the end. Null: too many do, or it has gone.</summary>
    public FileStream? TryRead(SpooledFile file, long from)
    {
        lock (_lock)
        {
            if (!_files.ContainsKey(file.Digest) || file.Readers >= _options.MaxReadersPerFile) return null;
            var stream = Folder.Read(file.Digest);
            file.Readers++;
            file.Coverage.Begin(from);
            return stream;
        }
    }

    /// <summary>True: with this its receiver has everything, and the file has gone.</summary>
    /// <param name="isWhole">The receiver has these bytes; else they were sent, and the connection broke.</param>
    public bool EndRead(SpooledFile file, long from, long end, bool isWhole)
    {
        lock (_lock)
        {
            file.Readers--;
            if (isWhole) file.Coverage.Complete(from, end);
            else file.Coverage.Break(from, end);
            return isWhole && file.Coverage.IsWhole && TryRemove(file);
        }
    }

    /// <summary>Removes it; false: it has gone already.</summary>
    public bool Remove(SpooledFile file)
    {
        lock (_lock) return TryRemove(file);
    }

    /// <summary>Removes those whose time is up; whoever reads one hears of it.</summary>
    public IReadOnlyList<SpooledFile> Expire()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            while (_gone.TryPeek(out var oldest) && (_gone.Count > MaxRemembered || now - oldest.Since >= Remembered)) _goneDigests.Remove(_gone.Dequeue().Digest);
            List<SpooledFile> late = [.. _files.Values.Where(file => now - file.Record.Stored >= _options.KeepTime)];
            foreach (var file in late) file.IsExpired = true;
            return [.. late.Where(TryRemove)];
        }
    }

    internal bool TryReserve(SpoolDraft draft, long bytes)
    {
        lock (_lock)
        {
            var missing = bytes - draft.Reserved;
            if (missing <= 0) return true;
            var share = ShareOf(draft.Owner);
            var room = Math.Min(_options.MaxBytes - _bytes, _options.MaxBytesPerUser - share.Bytes);
            if (missing > room) return false;
            Count(share, draft, Math.Max(missing, Math.Min(SpoolDraft.StepBytes, room)));
            return true;
        }
    }

    internal void GiveBack(SpoolDraft draft)
    {
        lock (_lock)
        {
            if (!draft.HasPlace) return;
            draft.HasPlace = false;
            Count(ShareOf(draft.Owner), draft, -draft.Reserved);
            Leave(draft.Owner);
        }
    }

    internal SpooledFile Add(SpoolDraft draft, string digest, SpoolRecord record)
    {
        var file = new SpooledFile(digest, record, draft.Owner, Jid.Parse(record.Sender), Jid.Parse(record.Receiver));
        lock (_lock)
        {
            // The place is the file's now.
            draft.HasPlace = false;
            Count(ShareOf(draft.Owner), draft, record.Size - draft.Reserved);
            _files[digest] = file;
        }

        SpoolMetrics.Files.Add(1);
        SpoolMetrics.Bytes.Add(record.Size);
        return file;
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
        {
            SpoolMetrics.Files.Add(-1);
            SpoolMetrics.Bytes.Add(-file.Size);
        }

        _files.Clear();
        Folder.Dispose();
    }

    private void Load()
    {
        foreach (var (digest, record) in Folder.Load(_log))
        {
            if (!Jid.TryParse(record.Owner, out var owner) || !Jid.TryParse(record.Sender, out var sender) || !Jid.TryParse(record.Receiver, out var receiver))
            {
                Folder.Remove(digest);
                continue;
            }

            _files[digest] = new SpooledFile(digest, record, owner, sender, receiver);
            var share = ShareOf(owner);
            (_places, share.Places) = (_places + 1, share.Places + 1);
            (_bytes, share.Bytes) = (_bytes + record.Size, share.Bytes + record.Size);
            SpoolMetrics.Files.Add(1);
            SpoolMetrics.Bytes.Add(record.Size);
        }
    }

    // Under the lock, as everything below.
    private Share ShareOf(Jid owner)
    {
        if (!_shares.TryGetValue(owner, out var share)) _shares[owner] = share = new Share();
        return share;
    }

    private void Count(Share share, SpoolDraft draft, long bytes)
    {
        draft.Reserved += bytes;
        share.Bytes += bytes;
        _bytes += bytes;
    }

    private void Leave(Jid owner)
    {
        _places--;
        var share = ShareOf(owner);
        if (--share.Places == 0) _shares.Remove(owner);
    }

    private bool TryRemove(SpooledFile file)
    {
        if (!_files.Remove(file.Digest)) return false;
        try
        {
            Folder.Remove(file.Digest);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            // The next start removes it; its bytes are not counted until then.
            _log.LogWarning("a file of the spool cannot be removed: {Reason}", wrong.Message);
        }

        ShareOf(file.Owner).Bytes -= file.Size;
        _bytes -= file.Size;
        Leave(file.Owner);
        _gone.Enqueue((_time.GetUtcNow(), file.Digest));
        _goneDigests.Add(file.Digest);
        SpoolMetrics.Files.Add(-1);
        SpoolMetrics.Bytes.Add(-file.Size);
        return true;
    }

    /// <summary>What one user has, drafts included.</summary>
    private sealed class Share
    {
        public long Bytes { get; set; }

        public int Places { get; set; }
    }
}
