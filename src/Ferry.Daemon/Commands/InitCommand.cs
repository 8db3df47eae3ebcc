using Ferry.Daemon.Configuration;

namespace Ferry.Daemon.Commands;

/// <summary><c>ferryd init</c>: writes the commented file, over nothing that is there.</summary>
internal static class InitCommand
{
    public const string DefaultFile = "ferryd.yml";

    public static int Run(string file, TextWriter output, TextWriter error)
    {
        try
        {
            // Database passwords will stand in it: readable by owner and group.
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
            using var writer = new StreamWriter(file, options);
            writer.Write(ConfigurationTemplate.Create());
        }
        catch (IOException) when (File.Exists(file))
        {
            error.WriteLine($"ferryd: error: {file} is there already, and stays as it is; name another file");
            return ExitCode.Usage;
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            error.WriteLine("ferryd: error: " + wrong.Message);
            return ExitCode.Failed;
        }

        output.WriteLine($"{file} is written. Edit it, look at it with `ferryd check-config {file}`, start with `ferryd run --config {file}`.");
        return ExitCode.Done;
    }
}
