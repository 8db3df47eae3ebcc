namespace Ferry.Server.Storage;

/// <summary>A database's file, which nobody but its owner may read.</summary>
internal static class SqliteFile
{
    private const UnixFileMode OnlyMine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // The file is made by us, not by SQLite, so that there is no moment at which others could open it. Its WAL takes over the mode.
    /// <summary>Makes the file, with the folder above it, where it is missing, and takes it away from others where it is not.</summary>
    public static void MakePrivate(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }

        if (!Directory.Exists(folder)) Directory.CreateDirectory(folder, OnlyMine | UnixFileMode.UserExecute);
        using (new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            UnixCreateMode = OnlyMine,
        }))
        {
        }

        if (File.GetUnixFileMode(path) != OnlyMine) File.SetUnixFileMode(path, OnlyMine);
    }
}
