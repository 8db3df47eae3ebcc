namespace Ferry.Daemon.Configuration;

/// <summary>Files that hold secrets: nobody else may read them.</summary>
internal static class SecretFile
{
    private const int MaxCharacters = 4096;
    private const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>What is wrong with a file that holds a secret, and what to do; null: nothing.</summary>
    public static string? Fault(string file)
    {
        try
        {
            if (!File.Exists(file)) return $"there is no file {file}";
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != UnixFileMode.None) return $"everybody on this machine may read or change {file}; chmod o= it";
            using (File.OpenRead(file)) return null;
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            return wrong.Message;
        }
    }

    /// <summary>The first line.</summary>
    /// <exception cref="IOException">There is none to be had; the message says why.</exception>
    public static async ValueTask<string> ReadAsync(string file, CancellationToken cancellationToken)
    {
        if (Fault(file) is { } fault) throw new IOException(fault);
        using var reader = new StreamReader(file);
        var buffer = new char[MaxCharacters + 1];
        var length = await reader.ReadBlockAsync(buffer.AsMemory(), cancellationToken);
        var text = new string(buffer, 0, length);
        var line = text.Split('\n', 2)[0].TrimEnd('\r');
        if (line.Length is 0 or > MaxCharacters) throw new IOException($"the first line of {file} is no secret: it has {(line.Length == 0 ? "nothing" : $"more than {MaxCharacters} characters")}");
        return line;
    }
}
