using Ferry.Protocol.Files;

namespace Ferry.Protocol.FileIndex;

/// <summary>Names of shares and paths inside them: together a <see cref="SharePath"/>, which is what a GET asks for.</summary>
public static class IndexPaths
{
    /// <summary>Whether it names a share: one component of a path.</summary>
    public static bool IsShare(string share) => !share.Contains('/', StringComparison.Ordinal) && SharePath.IsValid(share);

    /// <summary>Whether it is a path inside that share.</summary>
    public static bool IsPath(string share, string path) => SharePath.IsValid(path) && SharePath.IsValid(share + "/" + path);

    /// <summary>The last component.</summary>
    public static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
