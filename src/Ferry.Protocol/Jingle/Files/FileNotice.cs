using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Jingle.Files;

/// <summary>What the two ends of a file tell each other in session-info (XEP-0234 sections 6.3, 6.4).</summary>
/// <param name="Content">
/// Which content it is about; null where nothing was said, which is understood where a session has only one: Conversations leaves out the creator, Gajim the
/// name as well.
/// </param>
public abstract record FileNotice(FileNotice.About? Content)
{
    /// <summary>A content as a notice names it.</summary>
    /// <param name="Creator">Null where it was left out.</param>
    /// <param name="Name">The content's name.</param>
    public sealed record About(JingleRole? Creator, string Name)
    {
        /// <summary>Names a content in full.</summary>
        public static About Of(ContentKey key) => new(key.Creator, key.Name);

        /// <summary>Whether this is that content as far as it says.</summary>
        public bool Fits(ContentKey key) => key.Name == Name && (Creator is null || Creator == key.Creator);
    }

    /// <summary>The receiver has the file, and found its hash right where it was told one.</summary>
    public sealed record Received(About? Content) : FileNotice(Content);

    /// <summary>The sender's hashes of the file, or of the part that it sends.</summary>
    /// <param name="Hashes">Of the whole file.</param>
    /// <param name="Range">The part and its hash, or null.</param>
    public sealed record Checksum(About? Content, ImmutableArray<FileHash> Hashes, FileRange? Range = null) : FileNotice(Content)
    {
        /// <summary>Written as Base64 of digits, for a peer that reads hashes so.</summary>
        public bool AsDigits { get; init; }

        internal Element ToFile() => AsDigits
            ? new Element(Namespaces.JingleFile, "file", Hashes.Select(hash => hash.ToElementOfDigits()).ToList())
            : new FileDescription { Hashes = Hashes, Range = Range }.ToFile();
    }

    /// <summary>Reads what a session-info carries; false where it is about something else or unreadable.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out FileNotice? notice)
    {
        notice = null;
        if (element.Namespace != Namespaces.JingleFile) return false;
        About? about = null;
        if (element.Attribute("name") is { } name)
        {
            if (!JingleContent.TryCreator(element, out var creator)) return false;
            about = new About(element.Attribute("creator") is null ? null : creator, name);
        }

        if (element.Name == "received") notice = new Received(about);
        else if (element.Name == "checksum" && element.Child(Namespaces.JingleFile, "file") is { } inner && FileDescription.TryParseFile(inner, out var file, out _))
        {
            notice = new Checksum(about, file.Hashes, file.Range);
        }

        return notice is not null;
    }

    public Element ToElement() => new(
        Namespaces.JingleFile,
        this is Received ? "received" : "checksum",
        ("creator", Content?.Creator is { } creator ? JingleContent.WireName(creator) : null),
        ("name", Content?.Name),
        (this as Checksum)?.ToFile());
}
