using Ferry.Protocol.Addressing;

namespace Ferry.Server.HttpBridge.Spool;

/// <summary>A place in the spool for a file that is to come. Its bytes are set aside before they are written; disposed of, what was not committed is gone.</summary>
internal sealed class SpoolDraft(SpoolStore store, Jid owner) : IAsyncDisposable
{
    /// <summary>Where the size is unknown, so much is set aside at a time.</summary>
    public const long StepBytes = 1 << 20;

    private FileStream? _part;
    private long _written;

    /// <summary>A bare JID.</summary>
    public Jid Owner => owner;

    /// <summary>Bytes set aside; the store's.</summary>
    public long Reserved { get; set; }

    /// <summary>Whether it still counts as a file; the store's.</summary>
    public bool HasPlace { get; set; } = true;

    /// <summary>Sets room aside for a file of so many bytes, unless there is as much already. False: there is none.</summary>
    public bool TryReserve(long bytes) => store.TryReserve(this, bytes);

    /// <summary>Writes on. False: there is no room.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (!TryReserve(_written + bytes.Length)) return false;
        _part ??= store.Folder.Begin();
        await _part.WriteAsync(bytes).ConfigureAwait(false);
        _written += bytes.Length;
        return true;
    }

    /// <summary>That was all: it is a file of the spool from now on.</summary>
    public async Task<SpooledFile> CommitAsync(string digest, Func<long, SpoolRecord> describe)
    {
        var part = _part ?? store.Folder.Begin();
        _part = part;
        var record = describe(_written);
        await store.Folder.CommitAsync(part, digest, record).ConfigureAwait(false);
        _part = null;
        return store.Add(this, digest, record);
    }

    public async ValueTask DisposeAsync()
    {
        store.GiveBack(this);
        if (_part is not null) await SpoolFolder.DiscardAsync(_part).ConfigureAwait(false);
        _part = null;
    }
}
