using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests;

/// <summary>Elements that nobody meant to send: known names at wrong places, values at and over every edge. Seeded, so a failure repeats.</summary>
internal sealed class RandomElements(int seed)
{
    private static readonly string[] Values =
    [
        "", " ", "0", "1", "-1", "65535", "65536", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "x", "QUJD", "QU=D", "====",
        "a@b/c", "@", "http://jabber.org/protocol/ibb", "stream-method", "FORM_TYPE", "form", "submit", "hidden", "iq", "message", "tcp", "udp",
        "2026-01-05T10:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "\u00e9\U0001F600", "[::1]", "\r\n\t", "<&>'\"",
        Namespaces.FileTransferProfile,
    ];

    private readonly Random _random = new(seed);

    public Element Next(string[] namespaces, string[] names, string[] attributes, int depth = 5)
    {
        var ns = Pick(namespaces);
        var parts = new List<ElementPart>();
        foreach (var attribute in attributes.Where(_ => _random.Next(2) == 0)) parts.Add((attribute, Pick(Values)));
        var children = depth == 0 ? 0 : _random.Next(4);
        for (var i = 0; i < children; i++) parts.Add(_random.Next(4) == 0 ? (ElementPart)Pick(Values) : Next(namespaces, names, attributes, depth - 1));
        return new Element(ns, Pick(names), [.. parts]);
    }

    public string Pick(string[] from) => from[_random.Next(from.Length)];
}
