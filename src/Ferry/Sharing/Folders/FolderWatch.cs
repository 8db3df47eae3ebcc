using Microsoft.Extensions.Logging;

namespace Ferry.Sharing.Folders;

/// <summary>Tells that something changed in a folder. It may lose events and may not be to be had at all: it only makes looks come sooner.</summary>
internal sealed class FolderWatch : IDisposable
{
    private readonly FileSystemWatcher? _watcher;
    private readonly string _root;
    private readonly Action _changed;

    public FolderWatch(string path, Action changed, ILogger logger)
    {
        (_root, _changed) = (Path.GetFullPath(path), changed);
        try
        {
            _watcher = new FileSystemWatcher(_root)
            {
                IncludeSubdirectories = true,
                NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size,
            };
            _watcher.Created += Heard;
            _watcher.Deleted += Heard;
            _watcher.Changed += Heard;
            _watcher.Renamed += (_, _) => changed();
            _watcher.Error += (_, error) =>
            {
                logger.LogInformation(error.GetException(), "changes in {Folder} were missed", _root);
                changed();
            };
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception unavailable) when (unavailable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // As a rule the system's limit of watches.
            logger.LogInformation(unavailable, "{Folder} is not watched, only looked through now and then", _root);
            _watcher?.Dispose();
            _watcher = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _watcher?.Dispose();

    // Partial files grow all the time and are nobody's business.
    private void Heard(object sender, FileSystemEventArgs change)
    {
        if (change.Name is null || !change.Name.Split(Path.DirectorySeparatorChar).Any(part => part is ['.', ..])) _changed();
    }
}
