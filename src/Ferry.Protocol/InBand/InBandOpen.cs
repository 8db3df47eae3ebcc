using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.InBand;

/// <summary>The request to open an in-band bytestream (XEP-0047 section 2.1).</summary>
/// <param name="Sid">The stream's id.</param>
/// <param name="BlockSize">The most bytes of a block, before base64: 1–65535.</param>
/// <param name="Stanza">What the initiator means to use for its blocks.</param>
public sealed record InBandOpen(string Sid, int BlockSize, InBandStanza Stanza = InBandStanza.Iq)
{
    /// <summary>The largest block that the attribute can name.</summary>
    public const int MaxBlockSize = 65535;

    /// <summary>Reads <c>open</c>; on false <paramref name="error"/> answers it.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out InBandOpen? open, [NotNullWhen(false)] out StanzaError? error)
    {
        open = null;
        error = null;
        if (!element.Is(Namespaces.InBandBytestreams, "open")) error = Bad("not an open");
        else if (element.Attribute("sid") is not { Length: > 0 } sid) error = Bad("no sid");
        else if (!TryBlockSize(element.Attribute("block-size"), out var blockSize)) error = Bad("block-size is not 1 to 65535");
        else if (element.Attribute("stanza") is not { } stanza) open = new InBandOpen(sid, blockSize);
        else if (stanza is "iq" or "message") open = new InBandOpen(sid, blockSize, stanza == "iq" ? InBandStanza.Iq : InBandStanza.Message);
        else error = Bad("stanza is neither iq nor message");
        return open is not null;
    }

    public Element ToElement() => new(
        Namespaces.InBandBytestreams,
        "open",
        ("sid", Sid),
        ("block-size", BlockSize.ToString(CultureInfo.InvariantCulture)),
        ("stanza", Stanza == InBandStanza.Iq ? "iq" : "message"));

    private static bool TryBlockSize(string? text, out int blockSize) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out blockSize) && blockSize is >= 1 and <= MaxBlockSize;

    private static StanzaError Bad(string text) => new(ErrorType.Modify, ErrorCondition.BadRequest, text);
}
