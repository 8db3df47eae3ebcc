using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ferry.Sharing.Folders;

/// <summary>
/// Hashes from earlier runs, one file for each shared folder, one line for each file: <c>SHA-256 SIZE DATE PATH</c>. Lines are added as they come and the last one for a path counts;
/// the file is written anew when it is opened and has become twice as long as needed. What cannot be read is computed again, what cannot be written is lost: nothing depends on it.
/// </summary>
internal sealed class HashCache : IDisposable
{
    /// <summary>A cache file that is longer is begun anew: paths are at most 255 bytes.</summary>
    public const long MostBytes = 256 * 1024 * 1024;

    private const UnixFileMode OnlyMine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string? _path;
    private readonly int _most;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private StreamWriter? _writer;

    private readonly record struct Entry(string Sha256, long Size, long Ticks);

    private HashCache(string? path, int most) => (_path, _most) = (path, most);

    /// <summary>Opens the cache of a folder.</summary>
    /// <param name="state">The folder of all caches, made where it is missing; null: nothing is kept.</param>
    /// <param name="folder">The whole path of the shared folder.</param>
    /// <param name="most">Entries that are kept, at most.</param>
    public static HashCache Open(string? state, string folder, int most)
    {
        var cache = new HashCache(state is null ? null : Path.Combine(state, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..32] + ".hashes"), most);
        cache.Read();
        return cache;
    }

    /// <summary>The hash of a file as it was seen, or null.</summary>
    public string? Find(SharedFile file)
    {
        lock (_lock) return _entries.TryGetValue(file.OnDisk, out var entry) && entry.Size == file.Size && entry.Ticks == file.Modified.Ticks ? entry.Sha256 : null;
    }

    /// <summary>Keeps a hash.</summary>
    public void Add(SharedFile file, string sha256)
    {
        lock (_lock) AddOne(file, sha256);
    }

    /// <summary>Writes out what was added.</summary>
    public void Flush()
    {
        try
        {
            lock (_lock) _writer?.Flush();
        }
        catch (IOException)
        {
            // As above.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _writer?.Dispose();
        }
        catch (IOException)
        {
            // As above.
        }

        _writer = null;
    }

    private void AddOne(SharedFile file, string sha256)
    {
        if (_entries.Count >= _most && !_entries.ContainsKey(file.OnDisk)) return;
        _entries[file.OnDisk] = new Entry(sha256, file.Size, file.Modified.Ticks);
        if (_path is null) return;
        try
        {
            _writer ??= Append(_path);
            _writer.WriteLine(Line(file.OnDisk, _entries[file.OnDisk]));
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            // Computed again the next time.
        }
    }

    private void Read()
    {
        if (_path is null) return;
        try
        {
            var file = new FileInfo(_path);
            if (!file.Exists) return;
            var lines = 0;
            if (file.Length <= MostBytes)
            {
                foreach (var line in File.ReadLines(_path))
                {
                    lines++;
                    if (Parse(line) is { } entry && (_entries.Count < _most || _entries.ContainsKey(entry.Path))) _entries[entry.Path] = entry.Entry;
                }
            }

            if (file.Length > MostBytes || lines > (2 * _entries.Count) + 1000) Rewrite(_path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            _entries.Clear();
        }
    }

    private void Rewrite(string path)
    {
        var fresh = path + ".new";
        using (var writer = new StreamWriter(fresh, Options(FileMode.Create)))
        {
            foreach (var (name, entry) in _entries) writer.WriteLine(Line(name, entry));
        }

        File.Move(fresh, path, overwrite: true);
    }

    private static StreamWriter Append(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else if (!Directory.Exists(folder)) Directory.CreateDirectory(folder, OnlyMine | UnixFileMode.UserExecute);

        // A line that a crash cut off must not swallow the next one.
        var writer = new StreamWriter(path, Options(FileMode.Append));
        writer.WriteLine();
        return writer;
    }

    private static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OnlyMine;
        return options;
    }

    // Shared paths have no control characters, so one line is one file.
    private static string Line(string path, Entry entry) => string.Create(CultureInfo.InvariantCulture, $"{entry.Sha256} {entry.Size} {entry.Ticks} {path}");

    private static (string Path, Entry Entry)? Parse(string line)
    {
        var parts = line.Split(' ', 4);
        if (parts.Length != 4 || parts[0].Length != 64 || !parts[0].All(char.IsAsciiHexDigitLower)) return null;
        return long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? (parts[3], new Entry(parts[0], size, ticks)) : null;
    }
}
