using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Dns;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Streams;

/// <summary>A stream error: the last thing on a stream (RFC 6120 section 4.9).</summary>
/// <param name="Condition">The defined condition; an unknown one reads as <see cref="StreamCondition.UndefinedCondition"/>.</param>
/// <param name="Text">The sender's words, or null.</param>
/// <param name="Content">What the condition element holds: the host of <c>see-other-host</c>.</param>
public sealed record StreamError(StreamCondition Condition, string? Text = null, string? Content = null)
{
    private static readonly KebabNames<StreamCondition> Names = new();

    /// <summary>The condition's name on the wire.</summary>
    public string ConditionName => Names.ToWire(Condition);

    /// <summary>
    /// Whether a new stream may be opened after this one: not where the server will not have us, nor where one of us breaks XMPP and would again.
    /// <c>conflict</c> stays, for two programs that take one resource from each other would never end.
    /// </summary>
    public bool Passes => Condition is StreamCondition.SystemShutdown or StreamCondition.Reset or StreamCondition.ConnectionTimeout
        or StreamCondition.SeeOtherHost or StreamCondition.InternalServerError or StreamCondition.RemoteConnectionFailed
        or StreamCondition.ResourceConstraint or StreamCondition.UndefinedCondition;

    /// <summary>Reads a <c>stream:error</c> element; anything unreadable in it becomes <c>undefined-condition</c>.</summary>
    public static StreamError Parse(Element element)
    {
        var condition = element.Children.FirstOrDefault(child => child.Namespace == Namespaces.StreamErrors && child.Name != "text");
        var text = element.Child(Namespaces.StreamErrors, "text")?.Text;
        if (condition is null || !Names.TryParse(condition.Name, out var value)) return new StreamError(StreamCondition.UndefinedCondition, text);
        return new StreamError(value, text, condition.Text.Length == 0 ? null : condition.Text);
    }

    /// <summary>Where <c>see-other-host</c> sends to; TLS begins there as it began here.</summary>
    public bool SeesOther(bool directTls, [NotNullWhen(true)] out ServerTarget? other)
    {
        other = null;
        return Condition == StreamCondition.SeeOtherHost && ServerTarget.TryParseRedirect(Content, directTls, out other);
    }

    public Element ToElement() => new(
        Namespaces.Streams,
        "error",
        new Element(Namespaces.StreamErrors, ConditionName, Content),
        Text is null ? (Node?)null : new Element(Namespaces.StreamErrors, "text", XmlCharacters.Replace(Text)));

    public override string ToString() => Text is null ? ConditionName : $"{ConditionName} ({Text})";
}
