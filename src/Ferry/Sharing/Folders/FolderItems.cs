namespace Ferry.Sharing.Folders;

/// <summary>What both kinds of folders have in common.</summary>
internal static class FolderItems
{
    /// <summary>Whatever may be looked at; what to leave out is <see cref="Read"/>'s to say.</summary>
    public static EnumerationOptions Options { get; } = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None, RecurseSubdirectories = false, ReturnSpecialDirectories = false };

    /// <summary>How a folder is opened on this system.</summary>
    public static IFolder? Open(string path) => OperatingSystem.IsLinux() ? LinuxFolder.Open(path) : PortableFolder.Open(path);

    /// <summary>Whether it is a name and no path. Hidden ones are none of ours.</summary>
    public static bool IsOneComponent(string name) =>
        name.Length > 0 && name[0] != '.' && name.IndexOfAny(['/', '\0']) < 0 && !(OperatingSystem.IsWindows() && name.IndexOfAny(['\\', ':']) >= 0);

    /// <summary>A plain file or a folder; null for links and for what has gone meanwhile.</summary>
    public static FolderItem? Read(FileSystemInfo entry)
    {
        try
        {
            // A link has this attribute on every system, whatever it leads to.
            if ((entry.Attributes & FileAttributes.ReparsePoint) != FileAttributes.None || !IsOneComponent(entry.Name)) return null;
            if (entry is DirectoryInfo) return new FolderItem(entry.Name, IsFolder: true, 0, default);
            return entry is FileInfo file ? new FolderItem(file.Name, IsFolder: false, file.Length, file.LastWriteTimeUtc) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
