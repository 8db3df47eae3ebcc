using System.Globalization;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.StreamInitiation;

/// <summary>The file of an offer (XEP-0096 section 3). Every value is a claim of the sender.</summary>
/// <param name="Name">As sent: anything may be in it, so make it safe before use.</param>
/// <param name="Size">Bytes; null when the sender did not say (QXmpp for an empty file): read to the end of the stream.</param>
/// <param name="Hash">The MD5 of the whole file, 32 lower-case hexadecimal digits, or null. A checksum, never a proof.</param>
/// <param name="Date">When it was last changed, or null where it was not sent or is not readable.</param>
/// <param name="Description">The sender's words, or null. Untrusted.</param>
/// <param name="RangeOffered">The sender can start at an offset.</param>
public sealed record SiFile(
    string Name, long? Size, string? Hash = null, DateTimeOffset? Date = null, string? Description = null, bool RangeOffered = false)
{
    private const int Md5Digits = 32;

    /// <summary>Reads the <c>file</c> of an offer; null and what is wrong with it where it cannot be used.</summary>
    internal static (SiFile? File, string? Problem) Parse(Element si)
    {
        if (si.Child(Namespaces.FileTransferProfile, "file") is not { } file) return (null, "no file");
        if (file.Attribute("name") is not { Length: > 0 } name) return (null, "the file has no name");
        long? size = null;
        if (file.Attribute("size") is { } text)
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)) return (null, "size is not a number of bytes");
            size = bytes;
        }

        var hash = file.Attribute("hash");
        if (hash is not null && (hash.Length != Md5Digits || !hash.All(char.IsAsciiHexDigit))) hash = null;
        var description = file.Child(Namespaces.FileTransferProfile, "desc")?.Text;
        var date = XmppDateTime.Parse(file.Attribute("date"));
        return (new SiFile(name, size, hash?.ToLowerInvariant(), date, description, RangeIn(si) is not null), null);
    }

    internal Element ToElement() => new(
        Namespaces.FileTransferProfile,
        "file",
        ("name", XmlCharacters.Replace(Name)),
        ("size", Size?.ToString(CultureInfo.InvariantCulture)),
        ("hash", Hash),
        ("date", Date is { } date ? XmppDateTime.Format(date) : null),
        Description is null ? (Node?)null : new Element(Namespaces.FileTransferProfile, "desc", XmlCharacters.Replace(Description)),
        RangeOffered ? new Element(Namespaces.FileTransferProfile, "range") : (Node?)null);

    // Inside the file by the specification; beside it from Libervia.
    internal static Element? RangeIn(Element si) =>
        si.Child(Namespaces.FileTransferProfile, "file")?.Child(Namespaces.FileTransferProfile, "range")
        ?? si.Child(Namespaces.FileTransferProfile, "range")
        ?? si.Child(Namespaces.StreamInitiation, "range");
}
