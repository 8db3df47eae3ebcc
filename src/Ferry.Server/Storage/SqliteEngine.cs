using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Ferry.Server.Storage;

/// <summary>
/// Which SQLite engine does the work. The package that can be restored carries an engine of 2021, so the system's own, which gets the
/// distribution's fixes, is preferred where there is one.
/// </summary>
public static class SqliteEngine
{
    private static readonly Lazy<string> Source = new(Load);

    /// <summary>For logs and diagnosis: version and origin, for example <c>SQLite 3.40.1 (the system's libsqlite3.so.0)</c>.</summary>
    public static string Describe()
    {
        var source = Source.Value;
        return $"SQLite {raw.sqlite3_libversion().utf8_to_string()} ({source})";
    }

    internal static void Use() => _ = Source.Value;

    private static string Load()
    {
        var found = FindSystems();
        if (found is { } system)
        {
            NativeLibrary.SetDllImportResolver(
                typeof(SQLite3Provider_e_sqlite3).Assembly,
                (name, _, _) => name == "e_sqlite3" ? system.Handle : IntPtr.Zero);
        }

        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        raw.FreezeProvider();
        return found is { } used ? $"the system's {used.Name}" : "the package's own e_sqlite3";
    }

    private static (IntPtr Handle, string Name)? FindSystems()
    {
        foreach (var name in Names())
        {
            if (NativeLibrary.TryLoad(name, Assembly.GetExecutingAssembly(), DllImportSearchPath.SafeDirectories, out var handle)) return (handle, name);
        }

        return null;
    }

    // The development link libsqlite3.so is no promise about what is behind it: only the versioned names.
    private static string[] Names()
    {
        if (OperatingSystem.IsLinux()) return ["libsqlite3.so.0"];
        return OperatingSystem.IsMacOS() ? ["/usr/lib/libsqlite3.dylib"] : [];
    }
}
