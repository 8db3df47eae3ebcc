using System.Collections.Frozen;
using Ferry.Protocol.Files;

namespace Ferry.Protocol.FileIndex;

/// <summary>The kind of a file by its media type, else by its extension; one table.</summary>
public static class FileKinds
{
    private static readonly KebabNames<FileKind> Names = new();

    /// <summary>The names on the wire, in the order of the list that people choose from.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<FileKind>().Select(Names.ToWire)];

    public static string ToWire(FileKind kind) => Names.ToWire(kind);

    public static bool TryParse(string? name, out FileKind kind) => Names.TryParse(name?.ToLowerInvariant(), out kind);

    public static FileKind Of(FileMetadata file)
    {
        if (file.MediaType is { } type)
        {
            if (Tables.ByMediaType.TryGetValue(type, out var known)) return known;
            if (Names.TryParse(type[..type.IndexOf('/', StringComparison.Ordinal)], out var top)) return top;
            if (type.StartsWith("application/vnd.o", StringComparison.Ordinal) || type.StartsWith("application/vnd.ms-", StringComparison.Ordinal)) return FileKind.Document;
        }

        var dot = file.Name.LastIndexOf('.');
        return dot >= 0 && Tables.ByExtension.TryGetValue(file.Name[(dot + 1)..].ToLowerInvariant(), out var guess) ? guess : FileKind.Other;
    }

    /// <summary>Made when the first file is looked at; the names alone stand in every help text.</summary>
    private static class Tables
    {
        public static readonly FrozenDictionary<string, FileKind> ByExtension = Table(
            (FileKind.Audio, "aac aiff flac m4a mid mp3 oga ogg opus wav wma"),
            (FileKind.Video, "3gp avi flv m4v mkv mov mp4 mpeg mpg ogv ts vob webm wmv"),
            (FileKind.Image, "avif bmp gif heic ico jpeg jpg jxl png psd svg tif tiff webp xcf"),
            (FileKind.Text, "c cs css csv go h html ini java js json log md py rs rst sh sql tex toml txt xml yaml yml"),
            (FileKind.Document, "doc docx djvu epub fb2 key mobi odg odp ods odt pdf ppt pptx ps rtf xls xlsx"),
            (FileKind.Archive, "7z apk bz2 cab deb dmg gz iso jar lz4 rar rpm tar tgz xz zip zst"));

        public static readonly FrozenDictionary<string, FileKind> ByMediaType = Table(
            (FileKind.Document, "application/pdf application/rtf application/msword application/epub+zip application/postscript"),
            (FileKind.Archive, "application/zip application/gzip application/x-tar application/x-7z-compressed application/vnd.rar application/x-bzip2 application/x-xz application/zstd application/x-iso9660-image"),
            (FileKind.Audio, "application/ogg"),
            (FileKind.Text, "application/json application/xml application/javascript application/x-sh"));

        private static FrozenDictionary<string, FileKind> Table(params (FileKind Kind, string Words)[] rows) =>
            rows.SelectMany(row => row.Words.Split(' ').Select(word => (word, row.Kind))).ToFrozenDictionary(pair => pair.word, pair => pair.Kind, StringComparer.Ordinal);
    }
}
