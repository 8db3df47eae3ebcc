using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Jingle;

/// <summary>One content of a session: what is exchanged and how (XEP-0166 section 7.3). Both children belong to others.</summary>
/// <param name="Key">Who added it, and its name.</param>
/// <param name="Senders">Who sends; null where nothing was said (Libervia's answers, and every transport-info).</param>
/// <param name="Description">What, or null.</param>
/// <param name="Transport">How, or null.</param>
/// <param name="Disposition">What it is for; <c>session</c> unless said otherwise.</param>
public sealed record JingleContent(
    ContentKey Key, JingleSenders? Senders = null, Element? Description = null, Element? Transport = null, string Disposition = JingleContent.UsualDisposition)
{
    /// <summary>The disposition of what is part of the session itself.</summary>
    public const string UsualDisposition = "session";

    /// <summary>Longer names are refused.</summary>
    public const int MostNameCharacters = 256;

    /// <summary>How the data is encrypted (XEP-0391), or null. Never ignored: without it the bytes are something else.</summary>
    public Element? Security { get; init; }

    private static readonly KebabNames<JingleRole> Roles = new();
    private static readonly KebabNames<JingleSenders> AllSenders = new();

    /// <summary>
    /// Reads <c>content</c>. False: no name, or an attribute with a value that there is not. A missing creator is the session's initiator: Conversations
    /// leaves it out in places.
    /// </summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out JingleContent? content)
    {
        content = null;
        if (!element.Is(Namespaces.Jingle, "content")) return false;
        if (element.Attribute("name") is not { Length: > 0 and <= MostNameCharacters } name) return false;
        if (!TryCreator(element, out var creator)) return false;
        JingleSenders? senders = null;
        if (element.Attribute("senders") is { } text)
        {
            if (!AllSenders.TryParse(text, out var said)) return false;
            senders = said;
        }

        content = new JingleContent(
            new ContentKey(creator, name),
            senders,
            element.Children.FirstOrDefault(child => child.Name == "description"),
            element.Children.FirstOrDefault(child => child.Name == "transport"),
            element.Attribute("disposition") ?? UsualDisposition)
        {
            Security = element.Children.FirstOrDefault(child => child.Name == "security"),
        };
        return true;
    }

    public Element ToElement() => new(
        Namespaces.Jingle,
        "content",
        ("creator", Roles.ToWire(Key.Creator)),
        ("disposition", Disposition == UsualDisposition ? null : Disposition),
        ("name", Key.Name),
        ("senders", Senders is { } senders ? AllSenders.ToWire(senders) : null),
        Description,
        Transport,
        Security);

    internal static bool TryCreator(Element element, out JingleRole creator)
    {
        creator = JingleRole.Initiator;
        return element.Attribute("creator") is not { } text || Roles.TryParse(text, out creator);
    }

    internal static string WireName(JingleRole role) => Roles.ToWire(role);
}
