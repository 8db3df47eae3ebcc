using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.InBand;

/// <summary>The end of an in-band bytestream, for both directions (XEP-0047 section 2.3).</summary>
/// <param name="Sid">The stream's id.</param>
public sealed record InBandClose(string Sid)
{
    /// <summary>Reads <c>close</c>; on false <paramref name="error"/> answers it.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out InBandClose? close, [NotNullWhen(false)] out StanzaError? error)
    {
        close = null;
        error = null;
        if (!element.Is(Namespaces.InBandBytestreams, "close")) error = new StanzaError(ErrorType.Modify, ErrorCondition.BadRequest, "not a close");
        else if (element.Attribute("sid") is not { Length: > 0 } sid) error = new StanzaError(ErrorType.Modify, ErrorCondition.BadRequest, "no sid");
        else close = new InBandClose(sid);
        return close is not null;
    }

    public Element ToElement() => new(Namespaces.InBandBytestreams, "close", ("sid", Sid));
}
