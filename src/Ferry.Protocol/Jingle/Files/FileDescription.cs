using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Jingle.Files;

/// <summary>
/// The file of an offer or of a request (XEP-0234 section 5, <c>urn:xmpp:jingle:apps:file-transfer:5</c> and the older shapes inside it). Every value is
/// a claim, or a wish, of the other side.
/// </summary>
public sealed record FileDescription
{
    /// <summary>Hashes of one file that are looked at.</summary>
    public const int MostHashes = 16;

    /// <summary>Thumbnails of one file that are looked at.</summary>
    public const int MostThumbnails = 16;

    /// <summary>As sent: anything may be in it, so make it safe before use. Null in a request by hash.</summary>
    public string? Name { get; init; }

    /// <summary>Bytes, or null where nothing was said: Gajim says none for 0.</summary>
    public long? Size { get; init; }

    /// <summary>The media type, or null, which means <c>application/octet-stream</c>.</summary>
    public string? MediaType { get; init; }

    /// <summary>When it was last changed, or null.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>The sender's words, or null. Untrusted.</summary>
    public string? Description { get; init; }

    /// <summary>The part that is meant; in an offer an empty one says that parts can be asked for. Null: not said.</summary>
    public FileRange? Range { get; init; }

    /// <summary>Digests of the whole file.</summary>
    public ImmutableArray<FileHash> Hashes { get; init; } = [];

    /// <summary>Names of the functions whose digests will follow in a checksum: <c>hash-used</c>, or a <c>hash</c> without a value.</summary>
    public ImmutableArray<string> HashesToCome { get; init; } = [];

    /// <summary>Pictures that could be had.</summary>
    public ImmutableArray<FileThumbnail> Thumbnails { get; init; } = [];

    /// <summary>Reads a content's <c>description</c>; null where it is not about files of this version. On false <paramref name="problem"/> says what is wrong.</summary>
    public static bool TryParse(Element description, [NotNullWhen(true)] out FileDescription? file, [NotNullWhen(false)] out string? problem)
    {
        (file, problem) = (null, null);
        if (!description.Is(Namespaces.JingleFile, "description")) problem = "not a file transfer";
        else if (description.Child(Namespaces.JingleFile, "file") is not { } element) problem = "no file";
        else return TryParseFile(element, out file, out problem);
        return false;
    }

    /// <summary>The <c>description</c> that holds it.</summary>
    public Element ToElement() => new(Namespaces.JingleFile, "description", ToFile());

    internal static bool TryParseFile(Element element, [NotNullWhen(true)] out FileDescription? file, [NotNullWhen(false)] out string? problem)
    {
        (file, problem) = (null, null);
        long? size = null;
        FileRange? range = null;
        if (TextOf(element, "size") is { } digits)
        {
            if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)) problem = "size is not a number of bytes";
            size = bytes;
        }

        if (element.Child(Namespaces.JingleFile, "range") is { } part && !FileRange.TryParse(part, out range)) problem = "range is not one of bytes";
        if (problem is not null) return false;
        var hashes = element.ChildrenNamed(Namespaces.Hashes, "hash").Take(MostHashes).ToList();
        var used = element.ChildrenNamed(Namespaces.Hashes, "hash-used").Take(MostHashes);
        file = new FileDescription
        {
            Name = element.Child(Namespaces.JingleFile, "name")?.Text is { Length: > 0 } name ? name : null,
            Size = size,
            // Conversations writes mediaType.
            MediaType = TextOf(element, "media-type") ?? TextOf(element, "mediaType"),
            Date = XmppDateTime.Parse(TextOf(element, "date")),
            Description = element.Child(Namespaces.JingleFile, "desc")?.Text is { Length: > 0 } words ? words : null,
            Range = range,
            Hashes = [.. hashes.Select(child => FileHash.TryParse(child, out var hash) ? hash : null).OfType<FileHash>()],
            HashesToCome = [.. used.Concat(hashes.Where(child => child.TextLength == 0)).Select(child => child.Attribute("algo")).OfType<string>().Distinct(StringComparer.Ordinal)],
            Thumbnails = [.. element.ChildrenNamed(Namespaces.Thumbnails, "thumbnail").Take(MostThumbnails).Select(child => FileThumbnail.TryParse(child, out var thumbnail) ? thumbnail : null).OfType<FileThumbnail>()],
        };
        return true;
    }

    internal Element ToFile() => new(
        Namespaces.JingleFile,
        "file",
        Field("date", Date is { } date ? XmppDateTime.Format(date) : null),
        Field("desc", Description),
        Field("media-type", MediaType),
        Field("name", Name),
        Range?.ToElement(),
        Field("size", Size?.ToString(CultureInfo.InvariantCulture)),
        Hashes.Select(hash => hash.ToElement()).ToList(),
        HashesToCome.Select(name => new Element(Namespaces.Hashes, "hash-used", ("algo", name))).ToList(),
        Thumbnails.Select(thumbnail => thumbnail.ToElement()).ToList());

    private static Element? Field(string name, string? text) =>
        text is null ? null : new Element(Namespaces.JingleFile, name, XmlCharacters.Replace(text));

    private static string? TextOf(Element element, string name) =>
        element.Child(Namespaces.JingleFile, name)?.Text.Trim() is { Length: > 0 } text ? text : null;
}
