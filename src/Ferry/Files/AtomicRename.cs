using System.Runtime.InteropServices;

namespace Ferry.Files;

/// <summary>Gives a finished file its name.</summary>
internal static class AtomicRename
{
    private const int CurrentDirectory = -100;
    private const uint NoReplace = 1;

    /// <summary>
    /// Renames without ever replacing anything, in one step: of two that want the same name one fails. False when the name is taken.
    /// </summary>
    public static bool TryMove(string from, string to)
    {
        // link(2) and unlink(2), which File.Move uses, leave a moment with two names for one file: a crash there would let the next receive
        // of that name truncate the finished file through its partial name. renameat2(2) has no such moment.
        if (OperatingSystem.IsLinux() && RenameNoReplace(from, to) is { } done)
        {
            return done;
        }

        try
        {
            File.Move(from, to, overwrite: false);
            return true;
        }
        catch (IOException) when (Path.Exists(to))
        {
            return false;
        }
    }

    /// <summary>Null: not to be had here (old C library, a file system that can't), or another error that the fallback will name.</summary>
    private static bool? RenameNoReplace(string from, string to)
    {
        const int Eexist = 17;
        try
        {
            if (RenameAt2(CurrentDirectory, from, CurrentDirectory, to, NoReplace) == 0)
            {
                return true;
            }

            return Marshal.GetLastPInvokeError() == Eexist ? false : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
        catch (DllNotFoundException)
        {
            return null;
        }
    }

#pragma warning disable SYSLIB1054, CA2101 // the source generator would need unsafe code in this assembly; UTF-8 is what Linux takes
    [DllImport("libc", EntryPoint = "renameat2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RenameAt2(
        int fromDirectory,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string from,
        int toDirectory,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string to,
        uint flags);
#pragma warning restore SYSLIB1054, CA2101
}
