using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Forms;

/// <summary>A data form (XEP-0004), with titles, labels and tables; no media.</summary>
/// <param name="Type"><c>form</c>, <c>submit</c>, <c>result</c> or <c>cancel</c>; null where none was sent.</param>
/// <param name="Fields">The fields in their order.</param>
public sealed record DataForm(string? Type, IReadOnlyList<DataFormField> Fields)
{
    /// <summary>Rows and columns that are read of a table.</summary>
    public const int MaxRows = 1000;

    public const int MaxColumns = 64;

    public string? Title { get; init; }

    public string? Instructions { get; init; }

    /// <summary>A table's columns in their order; null: there is no table.</summary>
    public IReadOnlyList<DataFormField>? Reported { get; init; }

    /// <summary>A table's rows.</summary>
    public IReadOnlyList<IReadOnlyList<DataFormField>> Items { get; init; } = [];

    /// <summary>The value of the hidden field FORM_TYPE (XEP-0068), or null.</summary>
    public string? FormType => Fields.FirstOrDefault(item => item is { Var: "FORM_TYPE", Type: "hidden", Values.Count: > 0 })?.Values[0];

    /// <summary>The fields of that name.</summary>
    public IEnumerable<DataFormField> FieldsNamed(string name) => Fields.Where(field => field.Var == name);

    /// <summary>Reads <c>x</c>; false when it is another element.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out DataForm? form)
    {
        form = element.Is(Namespaces.DataForms, "x")
            ? new DataForm(element.Attribute("type"), FieldsIn(element).ToList())
            {
                Title = element.Child(Namespaces.DataForms, "title")?.Text,
                Instructions = element.Child(Namespaces.DataForms, "instructions")?.Text,
                Reported = element.Child(Namespaces.DataForms, "reported") is { } reported ? FieldsIn(reported).Take(MaxColumns).ToList() : null,
                Items = [.. element.ChildrenNamed(Namespaces.DataForms, "item").Take(MaxRows).Select(item => FieldsIn(item).Take(MaxColumns).ToList())],
            }
            : null;
        return form is not null;
    }

    /// <summary>The first value of the first field of that name, or null.</summary>
    public string? Value(string name) => FieldsNamed(name).FirstOrDefault() is { Values: [var first, ..] } ? first : null;

    public Element ToElement() => new(
        Namespaces.DataForms,
        "x",
        ("type", Type),
        Title is null ? null : new Element(Namespaces.DataForms, "title", Title),
        Instructions is null ? null : new Element(Namespaces.DataForms, "instructions", Instructions),
        Fields.Select(ToElement).ToArray(),
        Reported is null ? null : new Element(Namespaces.DataForms, "reported", Reported.Select(ToElement).ToArray()),
        Items.Select(item => new Element(Namespaces.DataForms, "item", item.Select(ToElement).ToArray())).ToArray());

    private static IEnumerable<DataFormField> FieldsIn(Element parent) => parent.ChildrenNamed(Namespaces.DataForms, "field").Select(Field);

    private static DataFormField Field(Element field)
    {
        var options = field.ChildrenNamed(Namespaces.DataForms, "option").SelectMany(Values).ToList();
        return new DataFormField(field.Attribute("var"), field.Attribute("type"), Values(field).ToList(), options)
        {
            Label = field.Attribute("label"),
            IsRequired = field.Child(Namespaces.DataForms, "required") is not null,
        };
    }

    private static IEnumerable<string> Values(Element parent) => parent.ChildrenNamed(Namespaces.DataForms, "value").Select(value => value.Text);

    private static Element ToElement(DataFormField field) => new(
        Namespaces.DataForms,
        "field",
        ("var", field.Var),
        ("type", field.Type),
        ("label", field.Label),
        field.IsRequired ? new Element(Namespaces.DataForms, "required") : null,
        field.Values.Select(ToValue).ToArray(),
        field.Options.Select(option => new Element(Namespaces.DataForms, "option", ToValue(option))).ToArray());

    private static Element ToValue(string value) => new(Namespaces.DataForms, "value", value);
}
