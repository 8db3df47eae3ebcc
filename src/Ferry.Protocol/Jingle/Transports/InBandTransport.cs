using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Jingle.Transports;

/// <summary>A <c>transport</c> of XEP-0261. The session's initiator opens the stream, whoever sends.</summary>
/// <param name="Sid">The stream's id.</param>
/// <param name="BlockSize">Bytes of a block before base64; an answer may lower it.</param>
public sealed record InBandTransport(string Sid, int BlockSize)
{
    /// <summary>The schema's number is a signed short, so nothing larger is offered; what is larger is read all the same.</summary>
    public const int MostBlockSize = 32767;

    /// <summary>Where an offer or an answer leaves it out.</summary>
    public const int UsualBlockSize = 4096;

    /// <summary>Longer ids are refused.</summary>
    public const int MostSidCharacters = 256;

    /// <summary>Reads <c>transport</c>; false without a sid or with a block size that is none.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out InBandTransport? transport)
    {
        transport = null;
        if (!element.Is(Namespaces.JingleInBand, "transport") || element.Attribute("sid") is not { Length: > 0 and <= MostSidCharacters } sid) return false;
        var blockSize = UsualBlockSize;
        if (element.Attribute("block-size") is { } text && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out blockSize)) return false;
        if (blockSize is < 1 or > 65535) return false;
        transport = new InBandTransport(sid, blockSize);
        return true;
    }

    public Element ToElement() => new(
        Namespaces.JingleInBand,
        "transport",
        ("block-size", BlockSize.ToString(CultureInfo.InvariantCulture)),
        ("sid", Sid));
}
