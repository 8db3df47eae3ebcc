using Ferry.Protocol.Forms;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.StreamInitiation;

/// <summary>The form in which the stream methods are negotiated (XEP-0020, XEP-0095 section 3).</summary>
internal static class StreamMethodForm
{
    /// <summary>How many methods are read; the rest is ignored.</summary>
    public const int MaxMethods = 16;

    private const string Field = "stream-method";

    public static Element Offer(IReadOnlyList<string> methods) =>
        Feature(new DataForm("form", [DataFormField.OfOptions(Field, "list-single", methods)]));

    public static Element Answer(IReadOnlyList<string> methods) =>
        Feature(new DataForm("submit", [DataFormField.OfValues(Field, null, methods)]));

    /// <summary>
    /// The methods of an offer (options) or of an answer (values) in their order, each once; null where there is no such form. Takes any
    /// number of fields, list-single and list-multi, and none of the types.
    /// </summary>
    public static List<string>? Read(Element si, Func<DataFormField, IEnumerable<string>> values)
    {
        foreach (var child in si.ChildrenNamed(Namespaces.FeatureNegotiation, "feature").SelectMany(feature => feature.Children))
        {
            if (!DataForm.TryParse(child, out var form)) continue;
            return form.FieldsNamed(Field).SelectMany(values).Select(value => value.Trim()).Where(value => value.Length > 0)
                .Distinct(StringComparer.Ordinal).Take(MaxMethods).ToList();
        }

        return null;
    }

    private static Element Feature(DataForm form) => new(Namespaces.FeatureNegotiation, "feature", form.ToElement());
}
