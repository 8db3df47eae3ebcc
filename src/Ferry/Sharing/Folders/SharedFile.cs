namespace Ferry.Sharing.Folders;

/// <summary>A file of a share as the last look saw it.</summary>
/// <param name="Share">The share's name.</param>
/// <param name="Path">The path inside it as others name it: NFC, separated by <c>/</c>.</param>
/// <param name="OnDisk">The same as the file system names it, relative to the share's folder.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Modified">The time of its last change.</param>
/// <param name="Sha256">Of its content in lower-case hexadecimal, once it is known.</param>
internal sealed record SharedFile(string Share, string Path, string OnDisk, long Size, DateTime Modified, string? Sha256 = null)
{
    /// <summary>The whole path on the wire.</summary>
    public string FullPath { get; } = Share + "/" + Path;

    /// <summary>The last component.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>Whether it is still the same content, as far as size and date tell.</summary>
    public bool Is(long size, DateTime modified) => Size == size && Modified == modified;
}
