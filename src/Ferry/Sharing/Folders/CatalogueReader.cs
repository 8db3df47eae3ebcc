namespace Ferry.Sharing.Folders;

/// <summary>
/// Follows one share: which paths changed since the last time it was asked. It keeps paths, each once, so a reader that is slow holds no more than there are files.
/// </summary>
internal sealed class CatalogueReader(string share, Catalogue catalogue) : IDisposable
{
    private readonly Lock _lock = new();
    private HashSet<string> _dirty = new(StringComparer.Ordinal);

    /// <summary>The share's name.</summary>
    public string Share => share;

    /// <summary>Called when there is something to take; must return at once.</summary>
    public Action? Changed { get; set; }

    /// <summary>What changed: the whole path, and the file as it is now, or null where it is gone.</summary>
    public IReadOnlyList<(string Path, SharedFile? File)> Take()
    {
        HashSet<string> dirty;
        lock (_lock) (dirty, _dirty) = (_dirty, new HashSet<string>(StringComparer.Ordinal));
        return [.. dirty.Order(StringComparer.Ordinal).Select(path => (path, catalogue.TryFind(path, out var file) ? file : null))];
    }

    /// <inheritdoc/>
    public void Dispose() => catalogue.Forget(this);

    internal void Note(string path)
    {
        lock (_lock)
        {
            if (!_dirty.Add(path) || _dirty.Count > 1) return;
        }

        Changed?.Invoke();
    }
}
