using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Jingle;

/// <summary>The payload of every Jingle request: an iq of type set (XEP-0166 section 7.1).</summary>
/// <param name="Action">What it asks for.</param>
/// <param name="Sid">The session's id; a session is known by the peer's full address and this.</param>
/// <param name="Contents">The contents that it speaks of, at most <see cref="MostContents"/>, none of them twice.</param>
public sealed record JingleStanza(JingleAction Action, string Sid, ImmutableArray<JingleContent> Contents)
{
    /// <summary>Contents of one stanza, and of one session; more are refused.</summary>
    public const int MostContents = 32;

    /// <summary>Longer session ids are refused.</summary>
    public const int MostSidCharacters = 256;

    private static readonly KebabNames<JingleAction> Actions = new();

    public JingleStanza(JingleAction action, string sid, JingleContent content)
        : this(action, sid, ImmutableArray.Create(content))
    {
    }

    public JingleStanza(JingleAction action, string sid)
        : this(action, sid, ImmutableArray<JingleContent>.Empty)
    {
    }

    /// <summary>Only in session-initiate and only ever a hint: who sent the stanza is who its <c>from</c> says.</summary>
    public Jid? Initiator { get; init; }

    /// <summary>Only in session-accept, and a hint as well.</summary>
    public Jid? Responder { get; init; }

    /// <summary>Of a session-terminate, content-remove or content-reject; may be missing.</summary>
    public JingleReason? Reason { get; init; }

    /// <summary>What a session-info carries; null is a ping.</summary>
    public Element? Info { get; init; }

    /// <summary>Reads <c>jingle</c>; on false <paramref name="error"/> answers it.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out JingleStanza? stanza, [NotNullWhen(false)] out StanzaError? error)
    {
        stanza = null;
        error = null;
        if (!element.Is(Namespaces.Jingle, "jingle")) error = JingleErrors.BadRequest("not a Jingle request");
        else if (!Actions.TryParse(element.Attribute("action"), out var action)) error = JingleErrors.BadRequest("no such action");
        else if (element.Attribute("sid") is not { Length: > 0 and <= MostSidCharacters } sid) error = JingleErrors.BadRequest("no sid");
        else if (!TryContents(element, out var contents)) error = JingleErrors.BadRequest("a content is malformed, there twice, or one too many");
        else if (contents.Length == 0 && NeedsContents(action)) error = JingleErrors.BadRequest("no content");
        else stanza = Read(element, action, sid, contents);
        return stanza is not null;
    }

    public Element ToElement() => new(
        Namespaces.Jingle,
        "jingle",
        ("action", Actions.ToWire(Action)),
        ("sid", Sid),
        ("initiator", Initiator?.ToString()),
        ("responder", Responder?.ToString()),
        Contents.Select(content => content.ToElement()).ToList(),
        Info,
        Reason?.ToElement());

    private static JingleStanza Read(Element element, JingleAction action, string sid, ImmutableArray<JingleContent> contents)
    {
        var reason = element.Child(Namespaces.Jingle, "reason");
        var ends = action is JingleAction.SessionTerminate or JingleAction.ContentRemove or JingleAction.ContentReject;
        return new JingleStanza(action, sid, contents)
        {
            Initiator = AddressOf(element.Attribute("initiator")),
            Responder = AddressOf(element.Attribute("responder")),
            Reason = reason is null && !ends ? null : JingleReason.Parse(reason),
            Info = element.Children.FirstOrDefault(child => child.Namespace != Namespaces.Jingle),
        };
    }

    private static bool NeedsContents(JingleAction action) =>
        action is not (JingleAction.SessionInfo or JingleAction.SessionTerminate or JingleAction.DescriptionInfo or JingleAction.SecurityInfo);

    private static bool TryContents(Element element, out ImmutableArray<JingleContent> contents)
    {
        contents = [];
        var read = ImmutableArray.CreateBuilder<JingleContent>();
        var seen = new HashSet<ContentKey>();
        foreach (var child in element.ChildrenNamed(Namespaces.Jingle, "content"))
        {
            if (read.Count == MostContents || !JingleContent.TryParse(child, out var content) || !seen.Add(content.Key)) return false;
            read.Add(content);
        }

        contents = read.ToImmutable();
        return true;
    }

    private static Jid? AddressOf(string? text) => Jid.TryParse(text, out var jid) ? jid : null;
}
