using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Forms;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Commands;

/// <summary>A step of an ad-hoc command, as it is answered (XEP-0050).</summary>
/// <param name="Form">To fill in, while it is executing; or the result.</param>
/// <param name="Note">Some words for people, or null.</param>
/// <param name="Warns">They are a warning.</param>
/// <param name="HasPrevious">The step before may be done again.</param>
public sealed record CommandAnswer(string Node, string? SessionId, CommandStatus Status, DataForm? Form = null, string? Note = null, bool Warns = false, bool HasPrevious = false)
{
    private static readonly KebabNames<CommandStatus> Statuses = new();

    /// <summary>Reads <c>command</c>; false where it is none.</summary>
    public static bool TryParse(Element? element, [NotNullWhen(true)] out CommandAnswer? answer)
    {
        answer = null;
        if (element is null || !element.Is(Namespaces.Commands, "command") || element.Attribute("node") is not { } node || !Statuses.TryParse(element.Attribute("status"), out var status)) return false;
        var form = element.Child(Namespaces.DataForms, "x") is { } x && DataForm.TryParse(x, out var read) ? read : null;
        var note = element.Child(Namespaces.Commands, "note");
        var previous = element.Child(Namespaces.Commands, "actions")?.Child(Namespaces.Commands, "prev") is not null;
        answer = new CommandAnswer(node, element.Attribute("sessionid"), status, form, note?.Text, note?.Attribute("type") is "warn" or "error", previous);
        return true;
    }

    public Element ToElement() => new(
        Namespaces.Commands,
        "command",
        ("node", Node),
        ("sessionid", SessionId),
        ("status", Statuses.ToWire(Status)),
        Status == CommandStatus.Executing
            ? new Element(
                Namespaces.Commands, "actions", ("execute", "complete"), HasPrevious ? new Element(Namespaces.Commands, "prev") : null, new Element(Namespaces.Commands, "complete"))
            : null,
        Note is null ? null : new Element(Namespaces.Commands, "note", ("type", Warns ? "warn" : "info"), XmlCharacters.Replace(Note)),
        Form?.ToElement());
}
