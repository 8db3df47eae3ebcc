using System.Collections.Frozen;

namespace Ferry.Sharing.Folders;

/// <summary>The media types of the endings that people search for; what is not here has none.</summary>
internal static class MediaTypes
{
    private static readonly FrozenDictionary<string, string> ByEnding = Table(
        "aac audio/aac; flac audio/flac; m4a audio/mp4; mid audio/midi; mp3 audio/mpeg; oga audio/ogg; ogg audio/ogg; opus audio/ogg; wav audio/wav; wma audio/x-ms-wma",
        "avi video/x-msvideo; m4v video/mp4; mkv video/matroska; mov video/quicktime; mp4 video/mp4; mpeg video/mpeg; mpg video/mpeg; ogv video/ogg; webm video/webm; wmv video/x-ms-wmv",
        "avif image/avif; bmp image/bmp; gif image/gif; heic image/heic; jpeg image/jpeg; jpg image/jpeg; jxl image/jxl; png image/png; svg image/svg+xml; tif image/tiff; tiff image/tiff; webp image/webp",
        "css text/css; csv text/csv; html text/html; htm text/html; js text/javascript; json application/json; md text/markdown; txt text/plain; xml application/xml; yaml application/yaml; yml application/yaml",
        "doc application/msword; docx application/vnd.openxmlformats-officedocument.wordprocessingml.document; epub application/epub+zip; odp application/vnd.oasis.opendocument.presentation",
        "ods application/vnd.oasis.opendocument.spreadsheet; odt application/vnd.oasis.opendocument.text; pdf application/pdf; ppt application/vnd.ms-powerpoint; ps application/postscript",
        "pptx application/vnd.openxmlformats-officedocument.presentationml.presentation; rtf application/rtf; xls application/vnd.ms-excel",
        "xlsx application/vnd.openxmlformats-officedocument.spreadsheetml.sheet; 7z application/x-7z-compressed; bz2 application/x-bzip2; gz application/gzip; iso application/x-iso9660-image",
        "jar application/java-archive; rar application/vnd.rar; tar application/x-tar; tgz application/gzip; xz application/x-xz; zip application/zip; zst application/zstd");

    /// <summary>By the name's ending, or null.</summary>
    public static string? Of(string name) =>
        name.LastIndexOf('.') is > 0 and var dot && ByEnding.TryGetValue(name[(dot + 1)..].ToLowerInvariant(), out var type) ? type : null;

    private static FrozenDictionary<string, string> Table(params string[] rows) => rows
        .SelectMany(row => row.Split(';', StringSplitOptions.TrimEntries))
        .Select(pair => pair.Split(' '))
        .ToFrozenDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
}
