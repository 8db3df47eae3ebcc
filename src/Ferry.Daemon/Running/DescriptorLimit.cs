using System.Runtime.InteropServices;

namespace Ferry.Daemon.Running;

/// <summary>How many descriptors this process may open: a connection takes one, a relayed stream two, and four more while its bytes move.</summary>
internal static partial class DescriptorLimit
{
    /// <summary>What is asked for where the system's own bound is lower: enough for a hundred thousand streams, and what Linux allows a privileged process unless told otherwise.</summary>
    public const ulong Wanted = 1 << 20;

    private const int NumberOfFiles = 7; // RLIMIT_NOFILE of Linux
    private const int NumberOfFilesMac = 8;

    /// <summary>The limit of a process: what holds now and the most that it may ask for by itself.</summary>
    public readonly record struct Limit(ulong Now, ulong Most);

    /// <summary>
    /// Raises the limit as far as the system lets it, and says where it is now; null where nobody says. A process with CAP_SYS_RESOURCE may raise the bound itself
    /// (setrlimit(2)); any other gets up to that bound.
    /// </summary>
    public static Limit? Raise()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS()) return null;
        var resource = OperatingSystem.IsLinux() ? NumberOfFiles : NumberOfFilesMac;
        return Raise(() => Get(resource, out var limit) == 0 ? limit : null, limit => Set(resource, limit) == 0);
    }

    /// <summary>The same by other calls: <paramref name="get"/> null where the system doesn't say, <paramref name="set"/> false where it refuses.</summary>
    internal static Limit? Raise(Func<Limit?> get, Func<Limit, bool> set)
    {
        if (get() is not { } limit) return null;
        if (limit.Most < Wanted && set(new Limit(Wanted, Wanted))) return get();
        if (limit.Now < limit.Most) set(limit with { Now = limit.Most });
        return get();
    }

    public static string Describe(Limit? limit) => limit is { } known
        ? $"{Show(known.Now)} descriptors may be open ({Show(known.Most)} is the most that the system allows; LimitNOFILE= in a unit file raises it)"
        : "the system does not say how many descriptors may be open";

    private static string Show(ulong count) => count == ulong.MaxValue ? "any number of" : count.ToString(System.Globalization.CultureInfo.InvariantCulture);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int Get(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int Set(int resource, in Limit limit);
}
