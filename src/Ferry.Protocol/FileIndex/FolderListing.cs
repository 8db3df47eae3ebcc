using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Files;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.FileIndex;

/// <summary>A folder's content (XEP-0329): at the root folders alone, elsewhere files, too, never nested.</summary>
/// <param name="Node">The folder that was asked for; null or empty: the root.</param>
/// <param name="Page">Where it stands, or null.</param>
public sealed record FolderListing(string? Node, IReadOnlyList<string> Folders, IReadOnlyList<FileMetadata> Files, ResultSetPage? Page = null)
{
    /// <summary>Items that are read of one answer.</summary>
    public const int MaxItems = 2000;

    /// <summary>The request for it.</summary>
    public static Element Query(string? node, ResultSetQuery? page = null) => new(Namespaces.FileSharing, "query", ("node", node), page?.ToElement());

    /// <summary>Reads <c>query</c>; files and folders without usable names are left out.</summary>
    public static bool TryParse(Element? query, [NotNullWhen(true)] out FolderListing? listing)
    {
        listing = null;
        if (query is null || !query.Is(Namespaces.FileSharing, "query")) return false;
        var folders = new List<string>();
        var files = new List<FileMetadata>();
        foreach (var child in query.Children.Take(MaxItems))
        {
            if (child.Is(Namespaces.FileSharing, "directory") && child.Attribute("name") is { } name && FileMetadata.IsName(name)) folders.Add(name);
            else if (FileMetadata.TryParse(child, out var file)) files.Add(file);
        }

        listing = new FolderListing(query.Attribute("node"), folders, files, ResultSetPage.TryFind(query, out var page) ? page : null);
        return true;
    }

    public Element ToElement() => new(
        Namespaces.FileSharing,
        "query",
        ("node", Node),
        Folders.Select(name => new Element(Namespaces.FileSharing, "directory", ("name", name))).ToArray(),
        Files.Select(file => file.ToElement()).ToArray(),
        Page?.ToElement());
}
