using Ferry.Files;
using Ferry.Protocol.FileIndex;
using Ferry.Sharing.Folders;
using Microsoft.Extensions.Logging;

namespace Ferry.Sharing;

/// <summary>
/// Folders that are shared: watched, listed, hashed. Give it to a client with <see cref="FerryOptions.Shared"/>, which serves it to those whom
/// <see cref="ShareOptions.Allow"/> names and publishes it to its server's index. Dispose of it after the client.
/// </summary>
public sealed class SharedFolders : IAsyncDisposable
{
    private readonly ShareOptions _options;
    private readonly ILogger _logger;
    private readonly Settling _settling;
    private readonly List<FolderWatch> _watches;
    private readonly Dictionary<string, HashCache> _caches;
    private readonly Hasher _hasher;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private Task _running = Task.CompletedTask;
    private int _leftOut;
    private bool _tooMuch;

    private SharedFolders(ShareOptions options)
    {
        _options = options;
        _logger = options.LoggerFactory.CreateLogger<SharedFolders>();
        _settling = new Settling(options.QuietTime, options.TimeProvider);
        _caches = options.Folders.ToDictionary(folder => folder.Name, folder => HashCache.Open(options.StateDirectory, Path.GetFullPath(folder.Directory), options.MaxFiles), StringComparer.Ordinal);
        _hasher = new Hasher(this, _caches, _logger);
        _watches = [.. options.Folders.Select(folder => new FolderWatch(folder.Directory, Look, _logger))];
    }

    /// <summary>What is shared, and with whom.</summary>
    public ShareOptions Options => _options;

    /// <summary>Files that are shared now.</summary>
    public int Count => Catalogue.Count;

    internal Catalogue Catalogue { get; } = new();

    /// <summary>Looks through the folders and goes on watching them.</summary>
    /// <exception cref="FerryException">
    /// A folder is not there (<c>io</c>), there are more files than <see cref="ShareOptions.MaxFiles"/> (<c>too-large</c>), or a name is none or is there twice (<c>usage</c>).
    /// </exception>
    public static async Task<SharedFolders> OpenAsync(ShareOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options);
        var shared = new SharedFolders(options);
        try
        {
            shared.LookAtAll(cancellationToken);
            if (shared._tooMuch)
            {
                throw new FerryException(
                    FailureReason.TooLarge, Side.Here, $"there are more than {options.MaxFiles} files in {string.Join(", ", options.Folders.Select(folder => folder.Directory))}", "share folders with fewer files, or raise the limit");
            }

            // What was written just now is there for the first who asks.
            if (shared._settling.Restless > 0)
            {
                await Task.Delay(options.QuietTime, options.TimeProvider, cancellationToken).ConfigureAwait(false);
                shared.LookAtAll(cancellationToken);
            }

            shared._running = Task.WhenAll(Task.Run(shared.WatchAsync, CancellationToken.None), Task.Run(() => shared._hasher.RunAsync(shared._stop.Token), CancellationToken.None));
            return shared;
        }
        catch
        {
            await shared.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Looks through the folders soon, without waiting for the system to tell of a change.</summary>
    public void Look()
    {
        lock (_wanted)
        {
            if (_wanted.CurrentCount == 0) _wanted.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        StopWatching();
        await _running.ConfigureAwait(false);
        foreach (var cache in _caches.Values) cache.Dispose();
    }

    /// <summary>Opens a file that was found in the catalogue; null where it is not there any more. Goes down from the share's folder without following any link.</summary>
    internal SourceFile? Open(SharedFile file)
    {
        var folder = _options.Folders.First(shared => shared.Name == file.Share).Directory;
        var opened = new Stack<IFolder>();
        try
        {
            var parts = file.OnDisk.Split('/');
            if (FolderItems.Open(folder) is not { } root) return null;
            opened.Push(root);
            foreach (var part in parts.SkipLast(1))
            {
                if (opened.Peek().OpenFolder(part) is not { } inner) return null;
                opened.Push(inner);
            }

            return opened.Peek().OpenFile(parts[^1]) is { } handle ? SourceFile.Of(handle, Path.Combine(folder, file.OnDisk)) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        finally
        {
            foreach (var inner in opened) inner.Dispose();
        }
    }

    /// <summary>From now on changes are only found by looking.</summary>
    internal void StopWatching()
    {
        foreach (var watch in _watches) watch.Dispose();
    }

    /// <summary>The hash of a file's content, computed where it is not known; null where the file is not there or does not lie still.</summary>
    internal Task<string?> HashAsync(SharedFile file, CancellationToken cancellationToken) => _hasher.HashAsync(file, cancellationToken);

    internal void Report(ShareStatus status) => Tell(_options.Changes, status);

    internal void Report(ServedFile served) => Tell(_options.Served, served);

    private static void Check(ShareOptions options)
    {
        if (options.Folders.Count == 0) throw new FerryException(FailureReason.Usage, Side.Here, "no folder is named");
        foreach (var folder in options.Folders)
        {
            if (!IndexPaths.IsShare(folder.Name) || folder.Name[0] == '.')
            {
                throw new FerryException(FailureReason.Usage, Side.Here, $"{folder.Directory} cannot be shared as '{folder.Name}'", "name it with --as: 1 to 255 bytes, no slash, no dot at the beginning");
            }

            if (!Directory.Exists(folder.Directory)) throw new FerryException(FailureReason.Io, Side.Here, $"there is no folder {folder.Directory}");
        }

        if (options.Folders.GroupBy(folder => folder.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new FerryException(FailureReason.Usage, Side.Here, $"two folders would be shared as '{twice.Key}'", "share one of them alone and name it with --as");
        }
    }

    private async Task WatchAsync()
    {
        try
        {
            while (true)
            {
                var began = _options.TimeProvider.GetTimestamp();
                LookAtAll(_stop.Token);
                var took = _options.TimeProvider.GetElapsedTime(began);
                await WaitAsync(took).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end.
        }
        catch (Exception broken)
        {
            _logger.LogError(broken, "the folders are not watched any more");
        }
    }

    // A large tree in which something changes all the time is looked through for a tenth of the time at most.
    private async Task WaitAsync(TimeSpan took)
    {
        var pause = took * 9 > _options.QuietTime ? took * 9 : _options.QuietTime;
        var patience = _settling.Restless > 0 ? TimeSpan.Zero : _options.RescanInterval;
        using var patient = new CancellationTokenSource(patience, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patient.Token, _stop.Token);
        try
        {
            await _wanted.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            // Watchers lose events: looked at all the same.
        }

        // What changed goes on changing for a moment as a rule.
        await Task.Delay(pause, _options.TimeProvider, _stop.Token).ConfigureAwait(false);
    }

    private void LookAtAll(CancellationToken cancellationToken)
    {
        var left = _options.MaxFiles;
        var (leftOut, tooMuch, changed) = (0, false, false);
        _settling.Begin();
        foreach (var folder in _options.Folders)
        {
            var look = FolderLook.Of(folder, left, cancellationToken);
            left -= look.Files.Count;
            leftOut += look.LeftOut;
            tooMuch |= look.IsTooMuch;
            var cache = _caches[folder.Name];
            changed |= Catalogue.Replace(folder.Name, look.Files, _settling.IsSettled, cache.Find);
        }

        _settling.End();
        if (changed) _hasher.Begin();
        if (changed) Report(new ShareStatus(ShareStatusKind.Changed, Count));
        var worse = leftOut > _leftOut || (tooMuch && !_tooMuch);
        (_leftOut, _tooMuch) = (leftOut, tooMuch);
        if (worse) Report(new ShareStatus(ShareStatusKind.LeftOut, Count, Problem: tooMuch ? $"only {_options.MaxFiles} files are shared, there are more" : $"{leftOut} names cannot be shared: too long, or with characters that nobody can ask for"));
    }

    private void Tell<T>(IProgress<T>? listener, T value)
    {
        try
        {
            listener?.Report(value);
        }
        catch (Exception theirs)
        {
            _logger.LogWarning(theirs, "a listener of {Event} failed", typeof(T).Name);
        }
    }
}
