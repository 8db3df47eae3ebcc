using Ferry.Files;

namespace Ferry.Requests;

/// <summary>A file that a peer may have, open for reading.</summary>
/// <param name="File">The file; its name may differ from the shared one.</param>
/// <param name="Path">Its share path: <c>SHARE/path/name</c>.</param>
/// <param name="Sha256">The whole content's SHA-256 in lower-case hexadecimal where it is known and still holds, else null.</param>
internal sealed record RequestedFile(SourceFile File, string Path, string? Sha256) : IAsyncDisposable
{
    /// <summary>Told the transfer's id and the offer's name when it is handed out; null where nobody wants to know. Must not throw.</summary>
    public Action<string, string>? Began { get; init; }

    /// <summary>Told how it went, once the file was closed; null where nobody wants to know. Must not throw.</summary>
    public Action<Outcome>? Ended { get; init; }

    /// <summary>The last component.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => File.DisposeAsync();
}
