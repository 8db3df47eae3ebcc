using System.Reflection;

namespace Ferry.Daemon.Commands;

/// <summary>This program's version.</summary>
internal static class ProgramVersion
{
    public static string Text { get; } =
        Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
