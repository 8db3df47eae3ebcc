using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ferry.Sharing.Folders;

/// <summary>
/// openat(2) with O_NOFOLLOW for each component: a name that has become a link is not followed, and a folder that was moved away stays the one that was opened. Nothing
/// that waits is opened in a waiting way, and what turns out to be no plain file is closed unread.
/// </summary>
internal sealed class LinuxFolder : IFolder
{
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int NoTerminal = 0x100;
    private const int AtEmptyPath = 0x1000;
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const uint WantType = 1;

    // These two are exchanged on ARM and POWER.
    private static readonly int DirectoryOnly = IsSwapped ? 0x4000 : 0x10000;
    private static readonly int NoFollow = IsSwapped ? 0x8000 : 0x20000;

    private readonly SafeFileHandle _handle;
    private readonly string _name;

    private LinuxFolder(SafeFileHandle handle, string name) => (_handle, _name) = (handle, name);

    /// <summary>The kernel's own name for the open folder.</summary>
    private string KernelPath => $"/proc/self/fd/{_handle.DangerousGetHandle()}";

    private static bool IsSwapped => RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 or Architecture.Armv6 or Architecture.Ppc64le;

    /// <summary>Where a share begins; links in the path to it are the user's own and are followed. Null: there is no such folder.</summary>
    public static LinuxFolder? Open(string path)
    {
        const int CurrentDirectory = -100;
        var handle = new SafeFileHandle(OpenAt(CurrentDirectory, path, DirectoryOnly | CloseOnExec), ownsHandle: true);
        if (!handle.IsInvalid) return new LinuxFolder(handle, path);
        handle.Dispose();
        return null;
    }

    public IEnumerable<FolderItem> Items()
    {
        // The trailing slash goes through the kernel's link into what we hold.
        foreach (var entry in new DirectoryInfo(KernelPath + "/").EnumerateFileSystemInfos("*", FolderItems.Options))
        {
            if (FolderItems.Read(entry) is { } item) yield return item;
        }
    }

    public IFolder? OpenFolder(string name)
    {
        var handle = Open(name, DirectoryOnly);
        return handle is null ? null : new LinuxFolder(handle, name);
    }

    public SafeFileHandle? OpenFile(string name)
    {
        var handle = Open(name, NonBlocking | NoTerminal);
        if (handle is null || IsRegular(handle)) return handle;
        handle.Dispose();
        return null;
    }

    public void Dispose() => _handle.Dispose();

    /// <inheritdoc/>
    public override string ToString() => _name;

    private SafeFileHandle? Open(string name, int flags)
    {
        if (!FolderItems.IsOneComponent(name)) return null;
        var lent = false;
        try
        {
            _handle.DangerousAddRef(ref lent);
            var handle = new SafeFileHandle(OpenAt((int)_handle.DangerousGetHandle(), name, flags | NoFollow | CloseOnExec), ownsHandle: true);
            if (!handle.IsInvalid) return handle;
            handle.Dispose();
            return null;
        }
        finally
        {
            if (lent) _handle.DangerousRelease();
        }
    }

    private static bool IsRegular(SafeFileHandle handle)
    {
        // struct statx is the same on every architecture: stx_mode, two bytes, at 28.
        var status = new byte[256];
        return StatX(handle, "", AtEmptyPath, WantType, status) == 0 && (BitConverter.ToUInt16(status, 28) & TypeMask) == RegularFile;
    }

#pragma warning disable SYSLIB1054, CA2101 // the source generator would need unsafe code in this assembly; UTF-8 is what Linux takes
    [DllImport("libc", EntryPoint = "openat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenAt(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(SafeFileHandle folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] status);
#pragma warning restore SYSLIB1054, CA2101
}
