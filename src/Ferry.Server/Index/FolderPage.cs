using Ferry.Protocol.FileIndex;
using Ferry.Protocol.ResultSets;

namespace Ferry.Server.Index;

/// <summary>A part of a folder's content, in the order of names.</summary>
internal sealed record FolderPage(IReadOnlyList<FolderItem> Items, ResultSetPage Page);

/// <summary>Something in a folder.</summary>
/// <param name="File">Null: a folder.</param>
internal sealed record FolderItem(string Name, SearchHit? File)
{
    /// <summary>Its name in a result set.</summary>
    public string Item => (File is null ? "d:" : "f:") + Name;
}
