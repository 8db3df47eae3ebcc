namespace Ferry.Sharing.Folders;

/// <summary>
/// Tells files that somebody still writes to from those that lie still: a file is settled when its date is old enough, or when two looks far enough apart saw the same.
/// </summary>
internal sealed class Settling(TimeSpan quiet, TimeProvider time)
{
    private Dictionary<string, Seen> _before = new(StringComparer.Ordinal);
    private Dictionary<string, Seen> _now = new(StringComparer.Ordinal);

    private readonly record struct Seen(long Size, DateTime Modified, long At);

    /// <summary>Files that are watched until they lie still.</summary>
    public int Restless => _before.Count;

    /// <summary>A look begins.</summary>
    public void Begin() => _now = new Dictionary<string, Seen>(StringComparer.Ordinal);

    /// <summary>The look is over: what it did not see is forgotten.</summary>
    public void End() => _before = _now;

    /// <summary>Whether the file may be shown as it was just seen.</summary>
    public bool IsSettled(SharedFile file)
    {
        if (time.GetUtcNow().UtcDateTime - file.Modified >= quiet) return true;
        var seen = _before.TryGetValue(file.FullPath, out var known) && file.Is(known.Size, known.Modified) ? known : new Seen(file.Size, file.Modified, time.GetTimestamp());
        if (time.GetElapsedTime(seen.At) >= quiet) return true;
        _now[file.FullPath] = seen;
        return false;
    }
}
