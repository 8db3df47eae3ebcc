namespace Ferry.Protocol.Forms;

/// <summary>One field of a data form (XEP-0004 section 3.2).</summary>
/// <param name="Var">The field's name, or null (only <c>fixed</c> fields have none).</param>
/// <param name="Type">The type as sent, for example <c>list-single</c>; null where none was sent, as is usual in a submitted form.</param>
/// <param name="Values">The values in their order.</param>
/// <param name="Options">The values of the options in their order; empty where the field is not a list.</param>
public sealed record DataFormField(string? Var, string? Type, IReadOnlyList<string> Values, IReadOnlyList<string> Options)
{
    /// <summary>What people read instead of the name, or null.</summary>
    public string? Label { get; init; }

    /// <summary>The form makes no sense without it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>A field that holds values.</summary>
    public static DataFormField OfValues(string name, string? type, params IReadOnlyList<string> values) => new(name, type, values, []);

    /// <summary>A field that lets the other side choose.</summary>
    public static DataFormField OfOptions(string name, string type, params IReadOnlyList<string> options) => new(name, type, [], options);
}
