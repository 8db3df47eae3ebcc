using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ferry.Files;

/// <summary>Tells plain files from pipes and devices without waiting: an ordinary open of a pipe waits until somebody writes to it.</summary>
internal static class PlainFile
{
    // O_RDONLY is 0 everywhere; of the others each system has its own.
    private const int LinuxNonBlockCloseOnExec = 0x800 | 0x80000;
    private const int MacNonBlockCloseOnExec = 0x4 | 0x1000000;

    /// <summary>True where the path leads to something that cannot be sought in. False for everything else, and where it cannot be told.</summary>
    public static bool IsKnownNotToBe(string path)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS()) return false;
        using var handle = new SafeFileHandle(Open(path, OperatingSystem.IsLinux() ? LinuxNonBlockCloseOnExec : MacNonBlockCloseOnExec), ownsHandle: true);
        if (handle.IsInvalid) return false; // the ordinary open will name the reason
        using var probe = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        return !probe.CanSeek;
    }

#pragma warning disable SYSLIB1054, CA2101 // the source generator would need unsafe code in this assembly; UTF-8 is what these systems take
    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
#pragma warning restore SYSLIB1054, CA2101
}
