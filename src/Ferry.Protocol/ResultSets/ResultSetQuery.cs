using System.Globalization;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.ResultSets;

/// <summary>Which page of a long answer is wanted (XEP-0059).</summary>
/// <param name="Max">At most so many items; null: the other side's choice. 0 asks for the count alone.</param>
/// <param name="After">The item after which the page begins, or null.</param>
/// <param name="Before">The item before which the page ends; an empty one asks for the last page; null: not given.</param>
/// <param name="Index">The number of the page's first item, from 0 on, or null.</param>
public sealed record ResultSetQuery(int? Max, string? After = null, string? Before = null, int? Index = null)
{
    /// <summary>The longest item that is looked at, in characters.</summary>
    public const int MaxItem = 256;

    /// <summary>The <c>set</c> inside <paramref name="parent"/>. False: there is one and it is malformed; without one <paramref name="query"/> is null.</summary>
    public static bool TryFind(Element parent, out ResultSetQuery? query)
    {
        query = null;
        if (parent.Child(Namespaces.ResultSets, "set") is not { } set) return true;
        if (!TryNumber(set, "max", out var max) || !TryNumber(set, "index", out var index)) return false;
        var after = set.Child(Namespaces.ResultSets, "after")?.Text;
        var before = set.Child(Namespaces.ResultSets, "before")?.Text;
        if (after is { Length: > MaxItem } || before is { Length: > MaxItem }) return false;
        query = new ResultSetQuery(max, after is "" ? null : after, before, index);
        return true;
    }

    public Element ToElement() => new(
        Namespaces.ResultSets,
        "set",
        Number("max", Max),
        After is null ? null : new Element(Namespaces.ResultSets, "after", After),
        Before is null ? null : new Element(Namespaces.ResultSets, "before", Before),
        Number("index", Index));

    private static bool TryNumber(Element set, string name, out int? number)
    {
        number = null;
        if (set.Child(Namespaces.ResultSets, name) is not { } child) return true;
        if (!int.TryParse(child.Text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return false;
        number = value;
        return true;
    }

    private static Element? Number(string name, int? number) =>
        number is { } given ? new Element(Namespaces.ResultSets, name, given.ToString(CultureInfo.InvariantCulture)) : null;
}
