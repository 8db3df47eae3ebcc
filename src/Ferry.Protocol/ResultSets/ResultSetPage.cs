using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.ResultSets;

/// <summary>Where a page stands in the whole answer (XEP-0059).</summary>
/// <param name="First">The page's first item; null where it is empty.</param>
/// <param name="Index">The number of that item, from 0 on, or null.</param>
/// <param name="Last">The page's last item; null where it is empty.</param>
/// <param name="Count">Items of the whole answer, which may be an estimate, or null.</param>
public sealed record ResultSetPage(string? First, int? Index, string? Last, int? Count)
{
    /// <summary>Reads <c>set</c> inside <paramref name="parent"/>; false where there is none. Numbers that are none are left out.</summary>
    public static bool TryFind(Element parent, [NotNullWhen(true)] out ResultSetPage? page)
    {
        page = null;
        if (parent.Child(Namespaces.ResultSets, "set") is not { } set) return false;
        var first = set.Child(Namespaces.ResultSets, "first");
        page = new ResultSetPage(first?.Text, Number(first?.Attribute("index")), set.Child(Namespaces.ResultSets, "last")?.Text, Number(set.Child(Namespaces.ResultSets, "count")?.Text));
        return true;
    }

    public Element ToElement() => new(
        Namespaces.ResultSets,
        "set",
        First is null ? null : new Element(Namespaces.ResultSets, "first", ("index", Text(Index)), First),
        Last is null ? null : new Element(Namespaces.ResultSets, "last", Last),
        Count is null ? null : new Element(Namespaces.ResultSets, "count", Text(Count)));

    private static string? Text(int? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
