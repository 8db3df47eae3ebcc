using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Ferry.Protocol.Forms;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Discovery;

/// <summary>Entity capabilities: the hash of a disco#info answer that presence carries (XEP-0115).</summary>
/// <param name="Node">Names the software; <c>node#ver</c> is the node to ask about.</param>
/// <param name="Ver">Base64 of the hash; before version 1.4 of the XEP a version of the software.</param>
/// <param name="Hash">The hash function; null before version 1.4 of the XEP, where nothing can be verified.</param>
public sealed record EntityCaps(string Node, string Ver, string? Hash)
{
    /// <summary>The node under which disco#info answers for this hash.</summary>
    public string QueryNode => Node + "#" + Ver;

    /// <summary>The caps of an entity that answers with <paramref name="info"/>.</summary>
    public static EntityCaps Of(string node, DiscoInfo info) => new(node, Compute(info), "sha-1");

    /// <summary>Reads <c>c</c>; false when it is another element or lacks node or ver.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out EntityCaps? caps)
    {
        caps = null;
        if (!element.Is(Namespaces.Caps, "c")) return false;
        if (element.Attribute("node") is not { Length: > 0 } node || element.Attribute("ver") is not { Length: > 0 } ver) return false;
        caps = new EntityCaps(node, ver, element.Attribute("hash"));
        return true;
    }

    public Element ToElement() => new(Namespaces.Caps, "c", ("hash", Hash), ("node", Node), ("ver", Ver));

    /// <summary>
    /// Whether <paramref name="info"/> is what this hash stands for, so that it may be kept for everybody who announces the same
    /// (XEP-0115 section 5.4). False for ill-formed answers, for hashes other than SHA-1, and for a <c>&lt;</c> inside a value, which could
    /// make two answers look alike.
    /// </summary>
    public bool Verifies(DiscoInfo info) => Hash == "sha-1" && IsWellFormed(info) && Ver == Compute(info);

    /// <summary>The verification string's SHA-1 in base64 (XEP-0115 section 5.1).</summary>
    public static string Compute(DiscoInfo info)
    {
        var text = new StringBuilder();
        foreach (var line in info.Identities.OrderBy(i => i.Category, Octets).ThenBy(i => i.Type, Octets)
            .ThenBy(i => i.Language ?? "", Octets).ThenBy(i => i.Name ?? "", Octets))
        {
            text.Append(Line(line)).Append('<');
        }

        foreach (var feature in info.Features.Order(Octets)) text.Append(feature).Append('<');
        foreach (var form in info.Forms.Where(form => form.FormType is not null).OrderBy(form => form.FormType!, Octets)) Append(text, form);
        return Convert.ToBase64String(SHA1.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Whether the answer keeps the rules of XEP-0115 section 5.4: no identity, feature or form type twice.</summary>
    public static bool IsWellFormed(DiscoInfo info)
    {
        var typed = info.Forms.Where(form => form.FormType is not null).ToList();
        return AllDifferent(info.Identities.Select(Line))
            && AllDifferent(info.Features)
            && AllDifferent(typed.Select(form => form.FormType!))
            && typed.All(form => AllDifferent(form.Fields.Where(field => field.Var is not null).Select(field => field.Var!)) && HasOneType(form))
            && info.Identities.Select(Line).Concat(info.Features).Concat(typed.SelectMany(Words)).All(word => !word.Contains('<', StringComparison.Ordinal));
    }

    private static Comparer<string> Octets { get; } = Comparer<string>.Create(
        (left, right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right)));

    private static void Append(StringBuilder text, DataForm form)
    {
        text.Append(form.FormType).Append('<');
        foreach (var field in form.Fields.Where(field => field.Var is not (null or "FORM_TYPE")).OrderBy(field => field.Var!, Octets))
        {
            text.Append(field.Var).Append('<');
            foreach (var value in field.Values.Order(Octets)) text.Append(value).Append('<');
        }
    }

    private static bool HasOneType(DataForm form) => form.FieldsNamed("FORM_TYPE").SelectMany(field => field.Values).Distinct(StringComparer.Ordinal).Count() == 1;

    private static IEnumerable<string> Words(DataForm form) => form.Fields.SelectMany(field => field.Values.Append(field.Var ?? ""));

    private static string Line(DiscoIdentity identity) => $"{identity.Category}/{identity.Type}/{identity.Language}/{identity.Name}";

    private static bool AllDifferent(IEnumerable<string> words)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return words.All(seen.Add);
    }
}
