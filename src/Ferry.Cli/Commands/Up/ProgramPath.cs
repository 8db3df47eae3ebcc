namespace Ferry.Cli.Commands.Up;

/// <summary>How this program is called from another terminal.</summary>
internal static class ProgramPath
{
    private const string Command = "ferry";

    /// <summary><c>ferry</c> where the search path leads here, the full path otherwise (a fresh build, <c>dotnet run</c>).</summary>
    public static string ForPasting()
    {
        var own = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? Command + ".exe" : Command);
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, Path.GetFileName(own)))
            .FirstOrDefault(File.Exists);
        if (!File.Exists(own)) return Command;
        return found is not null && string.Equals(Resolve(found), Resolve(own), StringComparison.Ordinal) ? Command : own;
    }

    private static string Resolve(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
}
