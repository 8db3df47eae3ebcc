namespace Ferry.Sharing;

/// <summary>A folder that is shared with all that is in it, hidden files and links aside.</summary>
/// <param name="Directory">Where it is.</param>
/// <param name="Name">What others see it as: the first component of every path in it.</param>
public sealed record SharedFolder(string Directory, string Name)
{
    /// <summary>A folder under its own name.</summary>
    public static SharedFolder Of(string directory)
    {
        var full = Path.GetFullPath(directory);
        return new SharedFolder(full, Path.GetFileName(Path.TrimEndingDirectorySeparator(full)));
    }
}
