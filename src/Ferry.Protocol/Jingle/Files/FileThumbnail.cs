using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Jingle.Files;

/// <summary>A small picture that the sender could give (XEP-0264). It is told of, never fetched.</summary>
/// <param name="Uri">Where it would be: <c>cid:sha1+…@bob.xmpp.org</c>. Untrusted.</param>
/// <param name="MediaType">Its type, or null.</param>
/// <param name="Width">Pixels, or null.</param>
/// <param name="Height">Pixels, or null.</param>
public sealed record FileThumbnail(string Uri, string? MediaType = null, int? Width = null, int? Height = null)
{
    /// <summary>Longer addresses are not read.</summary>
    public const int MostUriCharacters = 1024;

    /// <summary>Longer media types are taken for none.</summary>
    public const int MostMediaTypeCharacters = 128;

    /// <summary>Reads <c>thumbnail</c>; false without a usable address.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out FileThumbnail? thumbnail)
    {
        thumbnail = null;
        if (!element.Is(Namespaces.Thumbnails, "thumbnail") || element.Attribute("uri") is not { Length: > 0 and <= MostUriCharacters } uri) return false;
        var mediaType = element.Attribute("media-type") is { Length: > 0 and <= MostMediaTypeCharacters } type ? type : null;
        thumbnail = new FileThumbnail(uri, mediaType, Pixels(element.Attribute("width")), Pixels(element.Attribute("height")));
        return true;
    }

    public Element ToElement() => new(
        Namespaces.Thumbnails,
        "thumbnail",
        ("uri", Uri),
        ("media-type", MediaType),
        ("width", Width?.ToString(CultureInfo.InvariantCulture)),
        ("height", Height?.ToString(CultureInfo.InvariantCulture)));

    private static int? Pixels(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pixels) ? pixels : null;
}
