namespace Ferry.Cli.Commands.Send;

/// <summary>Looks at what is to be sent before anybody is bothered with it.</summary>
internal static class SourceFile
{
    public static bool IsStandardInput(string path) => string.Equals(path, "-", StringComparison.Ordinal);

    /// <summary>The size now, or null where it cannot be known.</summary>
    public static long? Length(string path) => !IsStandardInput(path) && new FileInfo(path) is { Exists: true, Attributes: var kind } file && !kind.HasFlag(FileAttributes.Device) ? file.Length : null;

    /// <summary>Why it cannot be sent, or null.</summary>
    public static Failure? Problem(string path)
    {
        if (IsStandardInput(path)) return null;
        if (Directory.Exists(path)) return Here(FailureReason.Usage, "is a directory", $"pack it first: tar c {path} | ferry send --name {Path.GetFileName(Path.TrimEndingDirectorySeparator(path))}.tar - JID");
        // Nothing in it, or a pipe: opening one that nobody writes to would wait for ever. The library tells the two apart.
        if (new FileInfo(path) is { Exists: true, Length: 0 }) return null;
        try
        {
            using var file = File.OpenRead(path);
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return Here(FailureReason.Permission, "reading it is not permitted");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Here(FailureReason.Io, "there is no such file");
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            return Here(FailureReason.Io, $"it cannot be read: {e.Message}");
        }
    }

    private static Failure Here(FailureReason reason, string message, string? hint = null) => new(reason, Phase.Connecting, Side.Here, message, hint);
}
