using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ferry.Files;

/// <summary>
/// Has the system begin to write a growing file to the disk while the rest is still to come, so that the flush at its end, which waits for the disk, finds
/// little left to do. Advice only: where there is no sync_file_range(2) nothing happens, and what it cannot do is the flush's to say.
/// </summary>
/// <param name="file">Stays the caller's.</param>
/// <param name="start">Where new bytes begin.</param>
internal sealed class EarlyWriteBack(SafeFileHandle file, long start)
{
    /// <summary>Bytes after which a stretch is handed to the disk.</summary>
    public const int StretchBytes = 8 * 1024 * 1024;

    private const uint BeginOnly = 2; // SYNC_FILE_RANGE_WRITE: waits for nothing
    private long _begun = start;
    private bool _missing = !OperatingSystem.IsLinux();

    /// <summary>The file is written up to there.</summary>
    public void Written(long end)
    {
        if (_missing || end - _begun < StretchBytes) return;
        try
        {
            _ = SyncFileRange(file, _begun, end - _begun, BeginOnly);
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            _missing = true;
        }

        _begun = end;
    }

#pragma warning disable SYSLIB1054 // the source generator would need unsafe code in this assembly
    [DllImport("libc", EntryPoint = "sync_file_range")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SyncFileRange(SafeFileHandle file, long offset, long count, uint flags);
#pragma warning restore SYSLIB1054
}
