using Ferry.Files;
using Microsoft.Win32.SafeHandles;

namespace Ferry.Sharing.Folders;

/// <summary>
/// For systems without openat(2) in our reach: by path, with every component checked for being a link before the open and again after it. Somebody who may rename inside
/// the share and wins a race on both sides of an open is not kept out here; on Linux he is.
/// </summary>
internal sealed class PortableFolder : IFolder
{
    private readonly string _path;
    private readonly PortableFolder? _above;

    private PortableFolder(string path, PortableFolder? above) => (_path, _above) = (path, above);

    /// <summary>Where a share begins. Null: there is no such folder.</summary>
    public static PortableFolder? Open(string path) => Directory.Exists(path) ? new PortableFolder(Path.GetFullPath(path), null) : null;

    public IEnumerable<FolderItem> Items()
    {
        if (!IsStillInside()) yield break;
        foreach (var entry in new DirectoryInfo(_path).EnumerateFileSystemInfos("*", FolderItems.Options))
        {
            if (FolderItems.Read(entry) is { } item) yield return item;
        }
    }

    public IFolder? OpenFolder(string name)
    {
        if (!FolderItems.IsOneComponent(name)) return null;
        var folder = new PortableFolder(Path.Combine(_path, name), this);
        return Directory.Exists(folder._path) && folder.IsStillInside() ? folder : null;
    }

    public SafeFileHandle? OpenFile(string name)
    {
        if (!FolderItems.IsOneComponent(name)) return null;
        var path = Path.Combine(_path, name);
        if (!IsPlain(path) || PlainFile.IsKnownNotToBe(path)) return null;
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (IsPlain(path)) return handle;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Gone, or not for us.
        }

        handle?.Dispose();
        return null;
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private bool IsPlain(string path) => IsStillInside() && new FileInfo(path) is { Exists: true, LinkTarget: null };

    private bool IsStillInside() => _above is null || (new DirectoryInfo(_path) is { Exists: true, LinkTarget: null } && _above.IsStillInside());
}
