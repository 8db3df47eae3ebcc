using System.Runtime.InteropServices;

namespace Ferry.Daemon.Running;

/// <summary>How many descriptors this process may open: a relayed stream takes six, a connection one.</summary>
internal static partial class DescriptorLimit
{
    private const int NumberOfFiles = 7; // RLIMIT_NOFILE of Linux
    private const int NumberOfFilesMac = 8;

    /// <summary>Raises the limit as far as the system lets it, and says where it is now; null where nobody says.</summary>
    public static (ulong Now, ulong Most)? Raise()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS()) return null;
        var resource = OperatingSystem.IsLinux() ? NumberOfFiles : NumberOfFilesMac;
        if (Get(resource, out var limit) != 0) return null;
        if (limit.Now < limit.Most)
        {
            Set(resource, limit with { Now = limit.Most });
            Get(resource, out limit);
        }

        return (limit.Now, limit.Most);
    }

    public static string Describe((ulong Now, ulong Most)? limit) => limit is { } known
        ? $"{Show(known.Now)} descriptors may be open ({Show(known.Most)} is the most that the system allows; LimitNOFILE= in a unit file raises it)"
        : "the system does not say how many descriptors may be open";

    private static string Show(ulong count) => count == ulong.MaxValue ? "any number of" : count.ToString(System.Globalization.CultureInfo.InvariantCulture);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int Get(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int Set(int resource, in Limit limit);

    private readonly record struct Limit(ulong Now, ulong Most);
}
