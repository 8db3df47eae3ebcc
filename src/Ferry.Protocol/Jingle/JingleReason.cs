using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Jingle;

/// <summary>The reason of an ending (XEP-0166 section 7.4).</summary>
/// <param name="Condition">From the closed list.</param>
/// <param name="Text">For a person, or null. Untrusted.</param>
/// <param name="Application">What the content's specification says about it (<c>file-too-large</c>), or null.</param>
public sealed record JingleReason(JingleReasonCondition Condition, string? Text = null, Element? Application = null)
{
    private static readonly KebabNames<JingleReasonCondition> Conditions = new();

    /// <summary>The condition's name on the wire.</summary>
    public string ConditionName => Conditions.ToWire(Condition);

    /// <summary>
    /// Reads <c>reason</c>. What is missing or unknown is a general error, since a session that was ended has ended whatever the reason is called; Dino
    /// writes <c>failed_transport</c>.
    /// </summary>
    public static JingleReason Parse(Element? reason)
    {
        var condition = JingleReasonCondition.GeneralError;
        if (reason is null) return new JingleReason(condition);
        foreach (var child in reason.Children)
        {
            if (child.Namespace == Namespaces.Jingle && Conditions.TryParse(child.Name.Replace('_', '-'), out condition)) break;
            condition = JingleReasonCondition.GeneralError;
        }

        return new JingleReason(
            condition,
            reason.Child(Namespaces.Jingle, "text")?.Text,
            reason.Children.FirstOrDefault(child => child.Namespace != Namespaces.Jingle));
    }

    public Element ToElement() => new(
        Namespaces.Jingle,
        "reason",
        new Element(Namespaces.Jingle, ConditionName),
        Text is null ? (Node?)null : new Element(Namespaces.Jingle, "text", XmlCharacters.Replace(Text)),
        Application);

    public override string ToString()
    {
        var name = Application is null ? ConditionName : $"{ConditionName}, {Application.Name}";
        return Text is null ? name : $"{name} ({Text})";
    }
}
