using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Forms;

/// <summary>A data form (XEP-0004), as far as discovery and feature negotiation use it: no labels, media or tables.</summary>
/// <param name="Type"><c>form</c>, <c>submit</c>, <c>result</c> or <c>cancel</c>; null where none was sent.</param>
/// <param name="Fields">The fields in their order.</param>
public sealed record DataForm(string? Type, IReadOnlyList<DataFormField> Fields)
{
    /// <summary>The value of the hidden field FORM_TYPE (XEP-0068), or null.</summary>
    public string? FormType => Fields.FirstOrDefault(item => item is { Var: "FORM_TYPE", Type: "hidden", Values.Count: > 0 })?.Values[0];

    /// <summary>The fields of that name.</summary>
    public IEnumerable<DataFormField> FieldsNamed(string name) => Fields.Where(field => field.Var == name);

    /// <summary>Reads <c>x</c>; false when it is another element.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out DataForm? form)
    {
        form = element.Is(Namespaces.DataForms, "x")
            ? new DataForm(element.Attribute("type"), element.ChildrenNamed(Namespaces.DataForms, "field").Select(Field).ToList())
            : null;
        return form is not null;
    }

    public Element ToElement() => new(Namespaces.DataForms, "x", ("type", Type), Fields.Select(ToElement).ToArray());

    private static DataFormField Field(Element field)
    {
        var options = field.ChildrenNamed(Namespaces.DataForms, "option").SelectMany(Values).ToList();
        return new DataFormField(field.Attribute("var"), field.Attribute("type"), Values(field).ToList(), options);
    }

    private static IEnumerable<string> Values(Element parent) => parent.ChildrenNamed(Namespaces.DataForms, "value").Select(value => value.Text);

    private static Element ToElement(DataFormField field) => new(
        Namespaces.DataForms,
        "field",
        ("var", field.Var),
        ("type", field.Type),
        field.Values.Select(ToValue).ToArray(),
        field.Options.Select(option => new Element(Namespaces.DataForms, "option", ToValue(option))).ToArray());

    private static Element ToValue(string value) => new(Namespaces.DataForms, "value", value);
}
