using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Files;

/// <summary>What is said of a file without its content: the <c>file</c> element of Jingle file transfer (XEP-0234 section 5), which listings use, too. Every value is a claim.</summary>
/// <param name="Name">A name, never a path; 1 to <see cref="MaxNameBytes"/> bytes of UTF-8 and no <c>/</c>.</param>
/// <param name="Size">Bytes; null: not said.</param>
/// <param name="MediaType">For example <c>video/mp4</c>, in lower case, or null.</param>
/// <param name="Date">When it was last changed, or null.</param>
/// <param name="Description">Somebody's words, or null; cut at <see cref="MaxDescription"/> characters.</param>
public sealed record FileMetadata(string Name, long? Size = null, string? MediaType = null, DateTimeOffset? Date = null, string? Description = null)
{
    public const int MaxNameBytes = 255;

    public const int MaxDescription = 500;

    public const int MaxMediaType = 100;

    /// <summary>Hashes of the whole file, each algorithm once.</summary>
    public IReadOnlyList<FileHash> Hashes { get; init; } = [];

    /// <summary>Reads <c>file</c> of version 5 or 4. False: another element, no usable name, or a size that is no number of bytes.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out FileMetadata? file)
    {
        file = null;
        var ns = element.Namespace;
        if (element.Name != "file" || ns is not (Namespaces.JingleFile or Namespaces.JingleFileOld)) return false;
        if (element.Child(ns, "name")?.Text is not { } name || !IsName(name)) return false;
        long? size = null;
        if (element.Child(ns, "size") is { } given)
        {
            if (!long.TryParse(given.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)) return false;
            size = bytes;
        }

        var mediaType = (element.Child(ns, "media-type") ?? element.Child(ns, "mediaType"))?.Text.Trim().ToLowerInvariant();
        var description = element.Child(ns, "desc")?.Text;
        file = new FileMetadata(name, size, IsMediaType(mediaType) ? mediaType : null, XmppDateTime.Parse(element.Child(ns, "date")?.Text), Cut(description))
        {
            Hashes = FileHash.ReadAll(Modern(element)),
        };
        return true;
    }

    /// <summary>Whether it can stand in <see cref="Name"/>.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameBytes && name is not ("." or "..") && name.IndexOfAny(['/', '\0']) < 0 && XmlCharacters.AreLegal(name)
        && Encoding.UTF8.GetByteCount(name) <= MaxNameBytes;

    /// <summary>Writes version 5.</summary>
    public Element ToElement() => new(
        Namespaces.JingleFile,
        "file",
        Text("name", Name),
        Size is { } size ? Text("size", size.ToString(CultureInfo.InvariantCulture)) : null,
        MediaType is null ? null : Text("media-type", MediaType),
        Date is { } date ? Text("date", XmppDateTime.Format(date)) : null,
        Description is null ? null : Text("desc", XmlCharacters.Replace(Description)),
        Hashes.Select(hash => hash.ToElement()).ToArray());

    private static bool IsMediaType(string? text) =>
        text is { Length: >= 3 and <= MaxMediaType } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '+' or '-' or '_') && text.Count(c => c == '/') == 1;

    private static string? Cut(string? text)
    {
        if (text is null || text.Length <= MaxDescription) return text is "" ? null : text;
        return text[..(char.IsHighSurrogate(text[MaxDescription - 1]) ? MaxDescription - 1 : MaxDescription)];
    }

    // Version 4 has its hashes in the older namespace; value and attribute are the same.
    private static Element Modern(Element file) => file.Namespace == Namespaces.JingleFile
        ? file
        : new Element(file.Namespace, "file", file.Children.Where(child => child.Name == "hash" && child.Namespace is Namespaces.HashesOld or Namespaces.Hashes)
            .Select(hash => new Element(Namespaces.Hashes, "hash", ("algo", hash.Attribute("algo")), hash.Text)).ToArray());

    private static Element Text(string name, string text) => new(Namespaces.JingleFile, name, text);
}
