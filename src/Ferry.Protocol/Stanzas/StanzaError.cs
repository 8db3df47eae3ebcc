using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Stanzas;

/// <summary>The error of a stanza of type <c>error</c> (RFC 6120 section 8.3): a value, never an exception.</summary>
/// <param name="Type">What may be done about it.</param>
/// <param name="Condition">The defined condition.</param>
/// <param name="Text">The other side's words, or null. Untrusted.</param>
/// <param name="Application">An application-specific condition, such as SI's <c>no-valid-streams</c>, or null.</param>
public sealed record StanzaError(ErrorType Type, ErrorCondition Condition, string? Text = null, Element? Application = null)
{
    private static readonly KebabNames<ErrorCondition> Conditions = new();
    private static readonly KebabNames<ErrorType> Types = new();

    /// <summary>The condition's name on the wire, for example <c>item-not-found</c>.</summary>
    public string ConditionName => Conditions.ToWire(Condition);

    /// <summary>
    /// Reads the <c>error</c> child of a stanza. A missing one is <c>undefined-condition</c> (seen from Conversations); one that holds
    /// only a <c>code</c> is mapped as XEP-0086 does (seen from old servers and clients).
    /// </summary>
    public static StanzaError Parse(Element stanza)
    {
        var error = stanza.Child(stanza.Namespace, "error");
        if (error is null) return new StanzaError(ErrorType.Cancel, ErrorCondition.UndefinedCondition);
        var typed = Types.TryParse(error.Attribute("type"), out var type);
        var text = error.Child(Namespaces.StanzaErrors, "text")?.Text;
        var application = error.Children.FirstOrDefault(child => child.Namespace is not (Namespaces.StanzaErrors or Namespaces.Client));
        foreach (var child in error.Children)
        {
            if (child.Namespace == Namespaces.StanzaErrors && Conditions.TryParse(child.Name, out var condition))
            {
                return new StanzaError(type, condition, text, application);
            }
        }

        var (legacyType, legacyCondition) = FromLegacyCode(error.Attribute("code"));
        if (text is null && error.Text.Trim() is { Length: > 0 } words) text = words;
        return new StanzaError(typed ? type : legacyType, legacyCondition, text, application);
    }

    /// <summary>The <c>error</c> child, in the namespace of the stanzas of this stream. The code of before RFC 3920 goes with it: old clients show it.</summary>
    public Element ToElement(string ns = Namespaces.Client) => new(
        ns,
        "error",
        ("type", Types.ToWire(Type)),
        ("code", LegacyCode),
        new Element(Namespaces.StanzaErrors, ConditionName),
        Text is null ? (Node?)null : new Element(Namespaces.StanzaErrors, "text", XmlCharacters.Replace(Text)),
        Application);

    public override string ToString() => Text is null ? ConditionName : $"{ConditionName} ({Text})";

    // XEP-0086 section 3; what came after it has no code.
    private string? LegacyCode => Condition switch
    {
        ErrorCondition.Gone or ErrorCondition.Redirect => "302",
        ErrorCondition.BadRequest or ErrorCondition.JidMalformed or ErrorCondition.UnexpectedRequest => "400",
        ErrorCondition.NotAuthorized => "401",
        ErrorCondition.PaymentRequired => "402",
        ErrorCondition.Forbidden => "403",
        ErrorCondition.ItemNotFound or ErrorCondition.RecipientUnavailable or ErrorCondition.RemoteServerNotFound => "404",
        ErrorCondition.NotAllowed => "405",
        ErrorCondition.NotAcceptable => "406",
        ErrorCondition.RegistrationRequired or ErrorCondition.SubscriptionRequired => "407",
        ErrorCondition.Conflict => "409",
        ErrorCondition.InternalServerError or ErrorCondition.ResourceConstraint or ErrorCondition.UndefinedCondition => "500",
        ErrorCondition.FeatureNotImplemented => "501",
        ErrorCondition.ServiceUnavailable => "503",
        ErrorCondition.RemoteServerTimeout => "504",
        _ => null,
    };

    // XEP-0086 section 3, the rows that file transfer meets.
    private static (ErrorType Type, ErrorCondition Condition) FromLegacyCode(string? code) => code switch
    {
        "302" => (ErrorType.Modify, ErrorCondition.Gone),
        "400" => (ErrorType.Modify, ErrorCondition.BadRequest),
        "401" => (ErrorType.Auth, ErrorCondition.NotAuthorized),
        "402" => (ErrorType.Auth, ErrorCondition.PaymentRequired),
        "403" => (ErrorType.Auth, ErrorCondition.Forbidden),
        "404" => (ErrorType.Cancel, ErrorCondition.ItemNotFound),
        "405" => (ErrorType.Cancel, ErrorCondition.NotAllowed),
        "406" => (ErrorType.Modify, ErrorCondition.NotAcceptable),
        "407" => (ErrorType.Auth, ErrorCondition.RegistrationRequired),
        "408" or "504" => (ErrorType.Wait, ErrorCondition.RemoteServerTimeout),
        "409" => (ErrorType.Cancel, ErrorCondition.Conflict),
        "500" => (ErrorType.Wait, ErrorCondition.InternalServerError),
        "501" => (ErrorType.Cancel, ErrorCondition.FeatureNotImplemented),
        "502" or "503" or "510" => (ErrorType.Cancel, ErrorCondition.ServiceUnavailable),
        _ => (ErrorType.Cancel, ErrorCondition.UndefinedCondition),
    };
}
