using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.StreamInitiation;

/// <summary>The acceptance of an offer, the payload of the iq result (XEP-0095 section 3). The iq's id ties it to the offer.</summary>
/// <param name="Methods">The method that the receiver chose; several from old Smack, meaning all of these in this order. Never empty.</param>
/// <param name="Range">The part that it wants, or null for the whole file.</param>
public sealed record SiAnswer(IReadOnlyList<string> Methods, SiRange? Range = null)
{
    /// <summary>Reads <c>si</c>; on false <paramref name="problem"/> says why it cannot be followed. Id and profile are not looked at.</summary>
    public static bool TryParse(Element? si, [NotNullWhen(true)] out SiAnswer? answer, [NotNullWhen(false)] out string? problem)
    {
        answer = null;
        problem = null;
        SiRange? range = null;
        if (si is null || !si.Is(Namespaces.StreamInitiation, "si")) problem = "the acceptance has no stream initiation in it";
        else if (StreamMethodForm.Read(si, field => field.Values) is not { Count: > 0 } methods) problem = "the acceptance names no stream method";
        else if (SiFile.RangeIn(si) is { } element && !TryRange(element, out range)) problem = "the acceptance has a range that is none";
        else answer = new SiAnswer(methods, range);
        return answer is not null;
    }

    public Element ToElement() => new(
        Namespaces.StreamInitiation,
        "si",
        Range is { } range
            ? new Element(
                Namespaces.FileTransferProfile,
                "file",
                new Element(
                    Namespaces.FileTransferProfile,
                    "range",
                    ("offset", range.Offset.ToString(CultureInfo.InvariantCulture)),
                    ("length", range.Length?.ToString(CultureInfo.InvariantCulture))))
            : (Node?)null,
        StreamMethodForm.Answer(Methods));

    private static bool TryRange(Element element, out SiRange? range)
    {
        range = null;
        long offset = 0, length = 0;
        var lengthText = element.Attribute("length");
        if (element.Attribute("offset") is { } offsetText && !TryBytes(offsetText, out offset)) return false;
        if (lengthText is not null && !TryBytes(lengthText, out length)) return false;
        if (offset != 0 || lengthText is not null) range = new SiRange(offset, lengthText is null ? null : length);
        return true;
    }

    private static bool TryBytes(string text, out long bytes) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bytes);
}
