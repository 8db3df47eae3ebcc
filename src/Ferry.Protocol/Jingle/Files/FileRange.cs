using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Jingle.Files;

/// <summary>A part of a file (XEP-0234 section 6.2). An empty one in an offer says that parts can be asked for.</summary>
/// <param name="Offset">Bytes to leave out at the start.</param>
/// <param name="Length">Bytes from there; null means to the end.</param>
public sealed record FileRange(long Offset = 0, long? Length = null)
{
    /// <summary>The hash of just this part, where a checksum gives one.</summary>
    public FileHash? Hash { get; init; }

    /// <summary>Whether it is the whole file.</summary>
    public bool IsWhole => Offset == 0 && Length is null;

    /// <summary>Whether a file of that size has this part; a file of unknown size (null) may have it.</summary>
    public bool FitsIn(long? size)
    {
        if (size is not { } total || IsWhole) return true;
        return Offset < total && (Length ?? 0) <= total - Offset;
    }

    /// <summary>Reads <c>range</c>. False: an attribute is no number of bytes.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out FileRange? range)
    {
        range = null;
        if (!TryNumber(element.Attribute("offset"), out var offset) || !TryNumber(element.Attribute("length"), out var length)) return false;
        var hash = element.ChildrenNamed(Namespaces.Hashes, "hash").Take(FileDescription.MostHashes).Select(child => FileHash.TryParse(child, out var read) ? read : null).FirstOrDefault(read => read is not null);
        range = new FileRange(offset ?? 0, length) { Hash = hash };
        return true;
    }

    public Element ToElement() => new(
        Namespaces.JingleFile,
        "range",
        ("offset", Offset == 0 ? null : Offset.ToString(CultureInfo.InvariantCulture)),
        ("length", Length?.ToString(CultureInfo.InvariantCulture)),
        Hash?.ToElement());

    private static bool TryNumber(string? text, out long? number)
    {
        number = null;
        if (text is null) return true;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var read)) return false;
        number = read;
        return true;
    }
}
