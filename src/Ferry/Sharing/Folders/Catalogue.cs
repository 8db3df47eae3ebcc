using System.Diagnostics.CodeAnalysis;

namespace Ferry.Sharing.Folders;

/// <summary>
/// All shared files as they are known now, by path, by name and by content; nothing else is ever opened for anybody. Bounded by <see cref="ShareOptions.MaxFiles"/>.
/// </summary>
internal sealed class Catalogue
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SharedFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _byHash = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly List<CatalogueReader> _readers = [];
    private readonly HashSet<(string Path, long Size, DateTime Modified)> _unreadable = [];
    private string[]? _sorted;

    /// <summary>Files.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _files.Count;
        }
    }

    /// <summary>The file with this whole path.</summary>
    public bool TryFind(string path, [NotNullWhen(true)] out SharedFile? file)
    {
        lock (_lock) return _files.TryGetValue(path, out file);
    }

    /// <summary>The only file of this name; null where there is none or more than one.</summary>
    public SharedFile? FindByName(string name)
    {
        lock (_lock) return _byName.GetValueOrDefault(name) == 1 ? _files.Values.First(file => file.Name == name) : null;
    }

    /// <summary>A file with this content; of several the first by path.</summary>
    public SharedFile? FindByHash(string sha256)
    {
        lock (_lock) return _byHash.TryGetValue(sha256, out var paths) ? _files[paths.Min(StringComparer.Ordinal)!] : null;
    }

    /// <summary>Puts what a look saw of one share in the place of what was known of it. True when something changed.</summary>
    /// <param name="share">The share's name.</param>
    /// <param name="there">All files that are there.</param>
    /// <param name="isSettled">Whether one that is new or other than before may be shown; if not, what was known of it stays.</param>
    /// <param name="hashOf">What is remembered of a new file's content.</param>
    public bool Replace(string share, IReadOnlyList<SharedFile> there, Func<SharedFile, bool> isSettled, Func<SharedFile, string?> hashOf)
    {
        lock (_lock)
        {
            var changed = false;
            var gone = _files.Values.Where(file => file.Share == share).Select(file => file.FullPath).ToHashSet(StringComparer.Ordinal);
            foreach (var file in there)
            {
                gone.Remove(file.FullPath);
                var known = _files.GetValueOrDefault(file.FullPath);
                if (known is not null && known.Is(file.Size, file.Modified) && known.OnDisk == file.OnDisk) continue;
                if (!isSettled(file)) continue;
                Put(file with { Sha256 = hashOf(file) });
                changed = true;
            }

            foreach (var path in gone) Remove(path);
            return changed || gone.Count > 0;
        }
    }

    /// <summary>Notes a file's hash, unless the file has changed or gone since.</summary>
    public void SetHash(SharedFile file, string sha256)
    {
        lock (_lock)
        {
            if (!_files.TryGetValue(file.FullPath, out var known) || !known.Is(file.Size, file.Modified) || known.Sha256 == sha256) return;
            Put(known with { Sha256 = sha256 });
        }
    }

    /// <summary>Some of the files whose hashes are not known, at most <paramref name="most"/>.</summary>
    public IReadOnlyList<SharedFile> WithoutHash(int most)
    {
        lock (_lock) return [.. _files.Values.Where(file => file.Sha256 is null && !_unreadable.Contains((file.FullPath, file.Size, file.Modified))).Take(most)];
    }

    /// <summary>The file as it is now cannot be hashed: it is not tried again before it changes.</summary>
    public void SetUnreadable(SharedFile file)
    {
        lock (_lock)
        {
            _unreadable.RemoveWhere(known => !_files.ContainsKey(known.Path));
            _unreadable.Add((file.FullPath, file.Size, file.Modified));
        }
    }

    /// <summary>Follows what changes from now on; everything that is there counts as changed at first.</summary>
    public CatalogueReader Follow(string share)
    {
        lock (_lock)
        {
            var reader = new CatalogueReader(share, this);
            foreach (var file in _files.Values.Where(file => file.Share == share)) reader.Note(file.FullPath);
            _readers.Add(reader);
            return reader;
        }
    }

    /// <summary>What lies directly in a folder: names of folders, and files, each in the order of the names.</summary>
    /// <param name="folder">A share or a folder in it, without a slash at the end.</param>
    public (IReadOnlyList<string> Folders, IReadOnlyList<SharedFile> Files) List(string folder)
    {
        lock (_lock)
        {
            _sorted ??= [.. _files.Keys.Order(StringComparer.Ordinal)];
            var (folders, files) = (new List<string>(), new List<SharedFile>());
            var prefix = folder + "/";
            for (var i = First(prefix); i < _sorted.Length && _sorted[i].StartsWith(prefix, StringComparison.Ordinal);)
            {
                var path = _sorted[i];
                var slash = path.IndexOf('/', prefix.Length);
                if (slash < 0)
                {
                    files.Add(_files[path]);
                    i++;
                    continue;
                }

                folders.Add(path[prefix.Length..slash]);
                i = First(path[..slash] + (char)('/' + 1));
            }

            return (folders, files);
        }
    }

    internal void Forget(CatalogueReader reader)
    {
        lock (_lock) _readers.Remove(reader);
    }

    private int First(string from)
    {
        var place = Array.BinarySearch(_sorted!, from, StringComparer.Ordinal);
        return place < 0 ? ~place : place;
    }

    private void Put(SharedFile file)
    {
        if (_files.TryGetValue(file.FullPath, out var known)) Unindex(known);
        else _sorted = null;
        _files[file.FullPath] = file;
        _byName[file.Name] = _byName.GetValueOrDefault(file.Name) + 1;
        if (file.Sha256 is { } hash)
        {
            if (!_byHash.TryGetValue(hash, out var paths)) _byHash[hash] = paths = new HashSet<string>(StringComparer.Ordinal);
            paths.Add(file.FullPath);
        }

        Tell(file);
    }

    private void Remove(string path)
    {
        if (!_files.Remove(path, out var file)) return;
        _sorted = null;
        Unindex(file);
        Tell(file);
    }

    private void Unindex(SharedFile file)
    {
        if (--_byName[file.Name] == 0) _byName.Remove(file.Name);
        if (file.Sha256 is not { } hash || !_byHash.TryGetValue(hash, out var paths)) return;
        paths.Remove(file.FullPath);
        if (paths.Count == 0) _byHash.Remove(hash);
    }

    private void Tell(SharedFile file)
    {
        foreach (var reader in _readers)
        {
            if (reader.Share == file.Share) reader.Note(file.FullPath);
        }
    }
}
