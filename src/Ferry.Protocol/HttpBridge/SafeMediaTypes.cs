using System.Collections.Frozen;

namespace Ferry.Protocol.HttpBridge;

/// <summary>
/// The media types that a download may carry as they were announced: those in which a browser runs nothing even if it ignored that the
/// download is an attachment. No HTML, XML, SVG, PDF, scripts or styles.
/// </summary>
public static class SafeMediaTypes
{
    /// <summary>What every other type becomes.</summary>
    public const string Fallback = "application/octet-stream";

    private static readonly FrozenSet<string> Safe = new[]
    {
        "text/plain",
        "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp",
        "audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg", "audio/opus", "audio/flac", "audio/wav", "audio/x-wav", "audio/webm",
        "video/mp4", "video/mpeg", "video/ogg", "video/webm", "video/quicktime", "video/x-matroska",
        "application/zip", "application/gzip", "application/x-tar", "application/x-7z-compressed", "application/x-bzip2", "application/x-xz", "application/zstd",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The announced type in lower case and without its parameters, or <see cref="Fallback"/>.</summary>
    public static string ForDownload(string? announced)
    {
        if (announced is null || announced.Length > BridgeConnect.MaxTypeLength) return Fallback;
        var semicolon = announced.IndexOf(';', StringComparison.Ordinal);
        var type = (semicolon < 0 ? announced : announced[..semicolon]).Trim();
        return Safe.TryGetValue(type, out var safe) ? safe : Fallback;
    }
}
