using Ferry.Protocol.Files;
using Microsoft.Win32.SafeHandles;

namespace Ferry.Files;

/// <summary>
/// A file while it is received: <c>.NAME.ferry-part</c> beside its target, locked, and given its name only when it is whole. Two receives
/// of one name never lose a file: the partial name belongs to whoever holds the lock, and the last step replaces nothing that wasn't
/// meant to be replaced.
/// </summary>
internal sealed class PartialFile : IAsyncDisposable
{
    private const int LastNumber = 999;
    private const int Attempts = 16;
    private const int Eexist = 17;
    private const int Ewouldblock = 11;
    private const int EwouldblockElsewhere = 35;
    private const int WindowsSharing = unchecked((int)0x80070020);
    private const int WindowsFileExists = unchecked((int)0x80070050);

    private readonly PartialFileOptions _options;
    private readonly FileStream _stream;
    private readonly EarlyWriteBack? _early;
    private string _name;
    private bool _ended;

    private PartialFile(PartialFileOptions options, string name, FileStream stream, long start)
    {
        _options = options;
        _name = name;
        _stream = stream;
        Start = start;
        _early = options.Durable ? new EarlyWriteBack(stream.SafeFileHandle, start) : null;
    }

    /// <summary>Write here, in order, from <see cref="Start"/>.</summary>
    public Stream Stream => _stream;

    /// <summary>For reads beside the stream, which leave its position alone; not after the end.</summary>
    public SafeFileHandle Handle => _stream.SafeFileHandle;

    /// <summary>Bytes that an earlier attempt left: where this one goes on.</summary>
    public long Start { get; }

    /// <summary>Where the bytes lie until the end.</summary>
    public string PartialPath => _stream.Name;

    /// <summary>Where the finished file is meant to be; <see cref="Complete"/> has the last word.</summary>
    public string TargetPath => Path.Combine(_options.Directory, _name);

    /// <summary>Bytes written.</summary>
    public long Length => _stream.Length;

    /// <summary>
    /// Reserves a name and opens its partial file. One that an earlier receive left is begun anew, unless
    /// <see cref="PartialFileOptions.Keep"/> goes on from it. Fails with Exists (target there, or being received by another), DiskFull
    /// (less room than what is still to come), Permission or Io.
    /// </summary>
    public static FileResult<PartialFile> Open(PartialFileOptions options)
    {
        string name = ForThisSystem(options.Name);
        for (int number = 1; number <= LastNumber; number++)
        {
            string candidate = number == 1 ? name : FileNames.Numbered(name, number);
            FileResult<PartialFile> opened = OpenOne(options, candidate);
            if (opened.Succeeded)
            {
                return WithRoom(options, opened.Value);
            }

            if (options.Existing != ExistingFile.Rename || opened.Failure.Reason != FailureReason.Exists)
            {
                return opened;
            }
        }

        return new FileFailure(FailureReason.Exists, $"{name} and {LastNumber - 1} numbered names are there already");
    }

    /// <summary>To be told now and then how far <see cref="Stream"/> is written, from the file's start, so that the disk can begin.</summary>
    public void Written(long end) => _early?.Written(end);

    /// <summary>
    /// Checks the length, writes everything out, sets the date and gives the file its name; the value is the final path. On failure the
    /// partial file stays: Mismatch (not the offered size), Exists (the name was taken meanwhile), DiskFull, Permission, Io.
    /// </summary>
    public FileResult<string> Complete()
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        _ended = true;
        using FileStream stream = _stream;
        try
        {
            if (_options.Size is { } size && stream.Length != size)
            {
                return new FileFailure(FailureReason.Mismatch, $"{PartialPath} has {stream.Length} bytes of {size}");
            }

            stream.Flush(flushToDisk: _options.Durable);
            if (_options.Modified is { } modified)
            {
                File.SetLastWriteTimeUtc(stream.SafeFileHandle, modified.UtcDateTime);
            }

            if (!OperatingSystem.IsWindows())
            {
                return Rename();
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return FileFailure.Of(error, PartialPath);
        }

        // Windows renames no open file.
        stream.Dispose();
        try
        {
            return Rename();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return FileFailure.Of(error, PartialPath);
        }
    }

    /// <summary>
    /// Gives up. The partial file is deleted when it is empty or <paramref name="delete"/> says so; true when it was kept.
    /// </summary>
    public bool Abandon(bool delete = false)
    {
        if (_ended)
        {
            return false;
        }

        _ended = true;
        bool keep = false;
        try
        {
            keep = !delete && _stream.Length > 0;
            if (!keep && !OperatingSystem.IsWindows())
            {
                // While the lock is held, so that it is ours that goes.
                File.Delete(PartialPath);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            keep = File.Exists(PartialPath);
        }

        try
        {
            _stream.Dispose();
            if (!keep && OperatingSystem.IsWindows())
            {
                File.Delete(PartialPath);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What brought us here (a full disk) may strike again while closing; the transfer's own failure says it.
        }

        return keep;
    }

    /// <summary>Gives a partial file that nobody holds another name, so that a new one can begin; one that was set aside before goes.</summary>
    public static void SetAside(string partialPath)
    {
        try
        {
            File.Move(partialPath, partialPath + ".old", overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Then the next receive begins anew on top of it.
        }
    }

    /// <summary>Whether the bytes from <see cref="Start"/> on are the file's first ones over again, as far as 64 KiB tell.</summary>
    public bool RepeatsItsBeginning()
    {
        const int Looked = 64 * 1024;
        var first = new byte[(int)Math.Min(Looked, Math.Min(Start, Length - Start))];
        var later = new byte[first.Length];
        return RandomAccess.Read(Handle, first, 0) == first.Length
            && RandomAccess.Read(Handle, later, Start) == later.Length
            && first.AsSpan().SequenceEqual(later);
    }

    /// <summary>Abandons what wasn't completed, keeping bytes.</summary>
    public ValueTask DisposeAsync()
    {
        Abandon();
        return ValueTask.CompletedTask;
    }

    /// <summary>Bytes that this user may still write to the folder's file system.</summary>
    internal static long? FreeSpaceAt(string directory)
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(directory)).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Looked at when the partial file is there: what an earlier attempt left is room that this one needs no more.</summary>
    private static FileResult<PartialFile> WithRoom(PartialFileOptions options, PartialFile file)
    {
        long? needed = options.Size - file.Length;
        if (needed is not { } bytes || options.FreeSpace(options.Directory) is not { } free || free >= bytes)
        {
            return file;
        }

        file.Abandon();
        return new FileFailure(FailureReason.DiskFull, $"{options.Directory} has {free} bytes left, the file needs {bytes}");
    }

    private static FileResult<PartialFile> OpenOne(PartialFileOptions options, string name)
    {
        string target = Path.Combine(options.Directory, name);
        string path = Path.Combine(options.Directory, FileNames.Partial(name));
        if (options.Existing != ExistingFile.Overwrite && IsThere(target))
        {
            return new FileFailure(FailureReason.Exists, $"{target} is there already");
        }

        if (Directory.Exists(target))
        {
            return new FileFailure(FailureReason.Exists, $"{target} is a folder");
        }

        try
        {
            if (TryCreate(path) is not { } stream)
            {
                return new FileFailure(FailureReason.Exists, $"{path} is being received by another, or is no plain file");
            }

            return Begin(options, name, stream);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return FileFailure.Of(error, path);
        }
    }

    private static PartialFile Begin(PartialFileOptions options, string name, FileStream stream)
    {
        try
        {
            KeptPart kept = options.Keep?.Invoke(stream.Name, stream.Length) ?? default;
            stream.SetLength(kept.Length);
            stream.Position = kept.Start;
            return new PartialFile(options, name, stream, kept.Start);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The open and locked partial file; null when it is another's or not a plain file.</summary>
    private static FileStream? TryCreate(string path)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            FileStream stream;
            try
            {
                // Creating is O_EXCL, which follows no link.
                stream = OpenLocked(path, IsThere(path) ? FileMode.Open : FileMode.CreateNew);
            }
            catch (Exception error) when (IsRace(error))
            {
                continue;
            }
            catch (IOException) when (IsThere(path))
            {
                // Locked, or a folder.
                return null;
            }
            catch (IOException error) when (error.HResult is Ewouldblock or EwouldblockElsewhere or WindowsSharing)
            {
                // It was locked and has got its name since.
                continue;
            }

            // Before the lock was ours, another may have finished this file and given it its name, even one that we created: then what we
            // hold is another's finished file. While we hold the lock nobody does that.
            if (stream.CanSeek && IsStillAt(stream, path))
            {
                return stream;
            }

            stream.Dispose();
        }

        return null;
    }

    /// <summary>The file came or went between looking and opening.</summary>
    private static bool IsRace(Exception error) =>
        error is FileNotFoundException or IOException { HResult: Eexist or WindowsFileExists };

    /// <summary>No buffer of its own: the pump's writes are large. On Unix FileShare.None is flock(2), so it binds other Ferrys.</summary>
    private static FileStream OpenLocked(string path, FileMode mode) =>
        new(path, new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 });

    private static bool IsStillAt(FileStream stream, string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            // Windows renames no open file. Elsewhere a moment stays in which a rename would go unseen.
            return IsPlain(path);
        }

        // The kernel's name for what we hold; a followed link, a rename or a deletion shows as another one.
        string? held = new FileInfo($"/proc/self/fd/{stream.SafeFileHandle.DangerousGetHandle()}").LinkTarget;
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return held is not null
            && Path.GetFileName(held) == Path.GetFileName(path)
            && (Path.GetDirectoryName(held) == folder || Path.GetDirectoryName(held) == RealPath(folder))
            && IsPlain(path);
    }

    /// <summary>The folder with every link in its path resolved.</summary>
    private static string RealPath(string folder)
    {
        string real = Path.GetPathRoot(folder)!;
        foreach (string part in folder[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Combine(real, part);
            real = new DirectoryInfo(next).ResolveLinkTarget(returnFinalTarget: true) is { } target ? RealPath(target.FullName) : next;
        }

        return real;
    }

    /// <summary>Links that lead nowhere count as there.</summary>
    private static bool IsThere(string path) => Path.Exists(path) || new FileInfo(path).LinkTarget is not null;

    private static bool IsPlain(string path)
    {
        var info = new FileInfo(path);
        return info.LinkTarget is null && info.Exists;
    }

    /// <summary>Windows takes fewer characters, and a colon there names a drive or a hidden stream.</summary>
    private static string ForThisSystem(string name)
    {
        char[] invalid = Path.GetInvalidFileNameChars();
        if (name.Length == 0 || name is "." or ".." || name != FileNames.Sanitise(name))
        {
            throw new ArgumentException("the name has not been sanitised", nameof(name));
        }

        return string.Concat(name.Select(c => invalid.Contains(c) ? '_' : c));
    }

    private FileResult<string> Rename()
    {
        if (_options.Existing == ExistingFile.Overwrite)
        {
            File.Move(PartialPath, TargetPath, overwrite: true);
            return TargetPath;
        }

        string first = ForThisSystem(_options.Name);
        for (int number = 2; !AtomicRename.TryMove(PartialPath, TargetPath); number++)
        {
            if (_options.Existing == ExistingFile.Refuse || number > LastNumber)
            {
                return new FileFailure(FailureReason.Exists, $"{TargetPath} appeared meanwhile");
            }

            _name = FileNames.Numbered(first, number);
        }

        return TargetPath;
    }
}
