using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Forms;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Commands;

/// <summary>A step of an ad-hoc command, as its user sends it (XEP-0050).</summary>
/// <param name="Node">Which command.</param>
/// <param name="SessionId">The session; null: a new one.</param>
/// <param name="Form">What was filled in, or null.</param>
public sealed record CommandRequest(string Node, string? SessionId, CommandAction Action, DataForm? Form)
{
    /// <summary>Characters of a node or a session.</summary>
    public const int MaxText = 256;

    private static readonly KebabNames<CommandAction> Actions = new();

    /// <summary>Reads <c>command</c>; on false <paramref name="error"/> answers it (section 4.4).</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out CommandRequest? request, [NotNullWhen(false)] out StanzaError? error)
    {
        request = null;
        error = null;
        var action = CommandAction.Execute;
        var session = element.Attribute("sessionid");
        if (!element.Is(Namespaces.Commands, "command") || element.Attribute("node") is not { Length: > 0 and <= MaxText } node) error = Bad(null);
        else if (element.Attribute("action") is { Length: > 0 } text && !Actions.TryParse(text, out action)) error = Bad("malformed-action");
        else if (session is { Length: 0 or > MaxText }) error = Bad("bad-sessionid");
        else request = new CommandRequest(node, session, action, element.Child(Namespaces.DataForms, "x") is { } x && DataForm.TryParse(x, out var form) ? form : null);
        return request is not null;
    }

    public Element ToElement() => new(
        Namespaces.Commands, "command", ("node", Node), ("sessionid", SessionId), ("action", Action == CommandAction.Execute ? null : Actions.ToWire(Action)), Form?.ToElement());

    /// <summary>A <c>bad-request</c> that says why in the words of section 4.4.</summary>
    public static StanzaError Bad(string? condition, string? text = null) =>
        new(ErrorType.Modify, ErrorCondition.BadRequest, text, condition is null ? null : new Element(Namespaces.Commands, condition));
}
