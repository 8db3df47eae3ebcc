using Ferry.Files;

namespace Ferry.Requests;

/// <summary>A file that a peer may have, open for reading.</summary>
/// <param name="File">The file; its name may differ from the shared one.</param>
/// <param name="Path">Its share path: <c>SHARE/path/name</c>.</param>
/// <param name="Sha256">The whole content's SHA-256 in lower-case hexadecimal where it is known and still holds, else null.</param>
internal sealed record RequestedFile(SourceFile File, string Path, string? Sha256) : IAsyncDisposable
{
    /// <summary>The last component.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => File.DisposeAsync();
}
