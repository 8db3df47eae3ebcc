using System.Globalization;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Streams;

/// <summary>The elements of stream management (XEP-0198), written and read.</summary>
public static class StreamManagement
{
    private const string Ns = Namespaces.StreamManagement;

    /// <summary>The request for an acknowledgement.</summary>
    public static Element Request { get; } = new(Ns, "r");

    public static Element Enable { get; } = new(Ns, "enable", ("resume", "true"));

    public static Element Answer(uint h) => new(Ns, "a", ("h", Text(h)));

    /// <summary>The server's yes; <paramref name="max"/> is how long a broken stream may be resumed.</summary>
    public static Element Enabled(string? id, TimeSpan? max) => new(
        Ns,
        "enabled",
        ("id", id),
        ("resume", id is null ? null : "true"),
        ("max", max is { } time ? Text((uint)time.TotalSeconds) : null));

    public static Element Resume(string id, uint h) => new(Ns, "resume", ("previd", id), ("h", Text(h)));

    public static Element Resumed(string id, uint h) => new(Ns, "resumed", ("previd", id), ("h", Text(h)));

    public static Element Failed(Stanzas.ErrorCondition condition, uint? h = null) => new(
        Ns,
        "failed",
        ("h", h is { } count ? Text(count) : null),
        new Element(Namespaces.StanzaErrors, new Stanzas.StanzaError(Stanzas.ErrorType.Cancel, condition).ConditionName));

    /// <summary>The count in <c>a</c>, <c>resume</c>, <c>resumed</c> or <c>failed</c>. False: none, or not a number of 32 bits.</summary>
    public static bool TryCount(Element element, out uint h) =>
        uint.TryParse(element.Attribute("h"), NumberStyles.None, CultureInfo.InvariantCulture, out h);

    /// <summary>What <c>enabled</c> grants: the id to resume with (null: no resumption), for how long, and where it is best done.</summary>
    public static (string? Id, TimeSpan? Max, string? Location) ReadEnabled(Element enabled)
    {
        var resumable = enabled.Attribute("resume") is "true" or "1";
        var id = enabled.Attribute("id");
        var max = uint.TryParse(enabled.Attribute("max"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : (TimeSpan?)null;
        return (resumable && !string.IsNullOrEmpty(id) ? id : null, max, enabled.Attribute("location"));
    }

    private static string Text(uint value) => value.ToString(CultureInfo.InvariantCulture);
}
