namespace Ferry.Cli.Configuration;

/// <summary>Where Ferry keeps its files (the XDG base directories).</summary>
internal static class Places
{
    /// <summary><c>$XDG_CONFIG_HOME/ferry/config</c>.</summary>
    public static string SettingsFile(Func<string, string?> environment) => Path.Combine(Base(environment, "XDG_CONFIG_HOME", ".config"), "ferry", "config");

    /// <summary><c>$XDG_STATE_HOME/ferry/server</c>: what the embedded server keeps.</summary>
    public static string ServerData(Func<string, string?> environment) => Path.Combine(Base(environment, "XDG_STATE_HOME", ".local/state"), "ferry", "server");

    /// <summary><c>$XDG_STATE_HOME/ferry/partials</c>: what is known of partial files.</summary>
    public static string Journals(Func<string, string?> environment) => Path.Combine(Base(environment, "XDG_STATE_HOME", ".local/state"), "ferry", "partials");

    /// <summary><c>$XDG_STATE_HOME/ferry/hashes</c>: what is known of the content of shared files.</summary>
    public static string Hashes(Func<string, string?> environment) => Path.Combine(Base(environment, "XDG_STATE_HOME", ".local/state"), "ferry", "hashes");

    /// <summary>Puts the home directory for a leading <c>~/</c>, which no shell does inside a settings file.</summary>
    public static string Expand(string path, Func<string, string?> environment) =>
        path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(Home(environment), path[2..]) : path;

    // The specification says: a relative path in these variables is to be ignored.
    private static string Base(Func<string, string?> environment, string variable, string below) =>
        environment(variable) is { Length: > 0 } path && Path.IsPathRooted(path) ? path : Path.Combine(Home(environment), below);

    private static string Home(Func<string, string?> environment) =>
        environment("HOME") is { Length: > 0 } home ? home : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
}
