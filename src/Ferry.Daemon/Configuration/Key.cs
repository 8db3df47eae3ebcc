namespace Ferry.Daemon.Configuration;

/// <summary>One key of the configuration.</summary>
/// <param name="Path">As a file has it: <c>relay.streamsPerUser</c>. Letters' case does not matter.</param>
/// <param name="Form">What its value is, to end the sentence "… is not ".</param>
/// <param name="Sample">A value that is right.</param>
/// <param name="Default">What holds without it, for a person.</param>
/// <param name="Summary">What it is for; lines of the commented file.</param>
internal sealed record Key(string Path, string Form, string Sample, string Default, string Summary, Part Part)
{
    public const string Prefix = "FERRYD_";

    /// <summary>Its environment variable.</summary>
    public string Variable => Prefix + Path.ToUpperInvariant().Replace(".", "__", StringComparison.Ordinal);

    public string Section => Path.Contains('.', StringComparison.Ordinal) ? Path[..Path.IndexOf('.', StringComparison.Ordinal)] : "";

    public string Name => Path[(Path.IndexOf('.', StringComparison.Ordinal) + 1)..];
}
