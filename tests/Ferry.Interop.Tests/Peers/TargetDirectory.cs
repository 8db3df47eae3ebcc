namespace Ferry.Interop.Tests.Peers;

/// <summary>An empty folder to receive into.</summary>
public sealed class TargetDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ferry-target-");

    public string Path => _directory.FullName;

    /// <summary>Whole files: partial ones begin with a dot.</summary>
    public IEnumerable<string> Arrived => _directory.EnumerateFiles().Select(file => file.Name).Where(name => !name.StartsWith('.'));

    public void Dispose() => _directory.Delete(recursive: true);
}
