using System.Text;
using Ferry.Protocol.Files;
using Ferry.Protocol.Xml;

namespace Ferry.Sharing.Folders;

/// <summary>One look through a shared folder.</summary>
internal sealed class FolderLook
{
    private readonly string _share;
    private readonly int _most;
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);

    private FolderLook(string share, int most) => (_share, _most) = (share, most);

    /// <summary>What can be shared, folder by folder in the order of the names.</summary>
    public List<SharedFile> Files { get; } = [];

    /// <summary>Files and folders whose names or paths nobody could ask for: too long, control characters, or two that are one when composed.</summary>
    public int LeftOut { get; private set; }

    /// <summary>There are more files than may be shared; the look ended early.</summary>
    public bool IsTooMuch { get; private set; }

    /// <summary>Looks, and finds at most so many files; a folder that is not there is empty.</summary>
    public static FolderLook Of(SharedFolder folder, int most, CancellationToken cancellationToken)
    {
        var look = new FolderLook(folder.Name, most);
        using var root = FolderItems.Open(folder.Directory);
        if (root is not null) look.Walk(root, "", "", cancellationToken);
        return look;
    }

    private void Walk(IFolder folder, string path, string onDisk, CancellationToken cancellationToken)
    {
        foreach (var item in Sorted(folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (IsTooMuch) return;
            if (Composed(item.Name) is not { } name || !IsPath(path + name) || !_paths.Add(path + name))
            {
                LeftOut++;
                continue;
            }

            if (!item.IsFolder) Add(new SharedFile(_share, path + name, onDisk + item.Name, item.Size, item.Modified));
            else if (folder.OpenFolder(item.Name) is { } inner)
            {
                using (inner) Walk(inner, path + name + "/", onDisk + item.Name + "/", cancellationToken);
            }
        }
    }

    private void Add(SharedFile file)
    {
        if (Files.Count < _most) Files.Add(file);
        else IsTooMuch = true;
    }

    private static List<FolderItem> Sorted(IFolder folder)
    {
        try
        {
            return [.. folder.Items().OrderBy(item => item.Name, StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // Names that are no UTF-8 come with replacement characters and could not be opened.
    private static string? Composed(string name)
    {
        try
        {
            return name.Contains('\uFFFD', StringComparison.Ordinal) ? null : name.Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private bool IsPath(string path) => SharePath.IsValid(_share + "/" + path) && XmlCharacters.AreLegal(path);
}
