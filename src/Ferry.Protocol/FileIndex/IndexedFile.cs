using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Files;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.FileIndex;

/// <summary>A file as its owner publishes it.</summary>
/// <param name="Path">Inside the share: <c>folder/name</c>; its last component is the file's name.</param>
/// <param name="File">What is said of it; the size is always known.</param>
/// <param name="Visibility">A rule of its own; null: as it was said of it before (<see cref="IndexAccess"/> takes it back), else as its share.</param>
public sealed record IndexedFile(string Path, FileMetadata File, Visibility? Visibility = null)
{
    /// <summary>Reads <c>add</c>; on false <paramref name="error"/> answers it.</summary>
    internal static bool TryParse(Element add, string share, [NotNullWhen(true)] out IndexedFile? file, [NotNullWhen(false)] out StanzaError? error)
    {
        file = null;
        error = null;
        var path = add.Attribute("path");
        if (path is null || add.Children.FirstOrDefault(child => child.Name == "file") is not { } element) error = IndexErrors.Bad("add needs path and file");
        else if (!IndexPaths.IsPath(share, path)) error = IndexErrors.BadPath;
        else if (!IndexPublish.TryVisibility(add, out var visibility)) error = IndexErrors.Bad("no such visibility");
        else if (!FileMetadata.TryParse(element, out var data) || data.Size is null) error = IndexErrors.Bad("the file needs name and size");
        else if (data.Name != IndexPaths.NameOf(path)) error = IndexErrors.BadPath;
        else file = new IndexedFile(path, data, visibility);
        return file is not null;
    }

    public Element ToElement() => new(
        Namespaces.FileIndex, "add", ("path", Path), ("visibility", Visibility is { } own ? IndexPublish.Visibilities.ToWire(own) : null), File.ToElement());
}
