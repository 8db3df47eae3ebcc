using System.Collections.Frozen;
using System.Text;

namespace Ferry.Protocol;

/// <summary>Enum members by the lower-case, hyphenated names that XMPP gives them: <c>ItemNotFound</c> is <c>item-not-found</c>.</summary>
internal sealed class KebabNames<T>
    where T : struct, Enum
{
    private readonly FrozenDictionary<string, T> _byName;
    private readonly FrozenDictionary<T, string> _byValue;

    public KebabNames()
    {
        _byValue = Enum.GetValues<T>().ToFrozenDictionary(value => value, value => Kebab(value.ToString()));
        _byName = _byValue.ToFrozenDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
    }

    public string ToWire(T value) => _byValue[value];

    public bool TryParse(string? name, out T value)
    {
        value = default;
        return name is not null && _byName.TryGetValue(name, out value);
    }

    private static string Kebab(string name)
    {
        var result = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsUpper(c) && result.Length > 0) result.Append('-');
            result.Append(char.ToLowerInvariant(c));
        }

        return result.ToString();
    }
}
