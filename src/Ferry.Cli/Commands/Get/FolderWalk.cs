using Ferry.Cli.Connecting;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;

namespace Ferry.Cli.Commands.Get;

/// <summary>Lists a shared folder with all that is below it. Names are a peer's: what is made of them here is checked like any name of a peer's.</summary>
internal static class FolderWalk
{
    /// <summary>Files of one folder with all below it; what comes beyond is not taken.</summary>
    public const int MostFiles = 200_000;

    /// <summary>The files, folder by folder.</summary>
    /// <param name="from">Whose folder: a client that was found to be there.</param>
    /// <param name="folder"><c>SHARE/folder</c>, listed already.</param>
    /// <param name="first">What is in it.</param>
    /// <returns>Share paths, and the folder here for each, below <paramref name="directory"/>.</returns>
    /// <exception cref="FerryException">A folder could not be listed.</exception>
    public static async Task<List<(string Path, string Directory)>> FilesAsync(
        IFerryClient client, Jid from, string folder, Sharing.SharedListing first, string directory, CancellationToken cancellationToken)
    {
        var files = new List<(string, string)>();
        var left = new Stack<(string Path, string Directory, Sharing.SharedListing? Listing)>();
        left.Push((folder, Path.Combine(directory, FileNames.Sanitise(LastOf(folder))), first));
        while (left.TryPop(out var next))
        {
            var listing = next.Listing ?? await client.ListAsync(from, next.Path, cancellationToken);
            foreach (var file in listing.Files.OrderBy(file => file.Name, StringComparer.Ordinal))
            {
                if (files.Count == MostFiles) return files;
                files.Add(($"{next.Path}/{file.Name}", next.Directory));
            }

            // A path only gets longer on the way down, so there is an end whatever a peer says.
            foreach (var name in listing.Folders.OrderDescending(StringComparer.Ordinal))
            {
                var path = $"{next.Path}/{name}";
                if (SharePath.IsValid(path)) left.Push((path, Path.Combine(next.Directory, FileNames.Sanitise(name)), null));
            }
        }

        return files;
    }

    private static string LastOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
