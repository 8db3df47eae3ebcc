using System.Runtime.CompilerServices;
using System.Text;

namespace Ferry.Protocol;

/// <summary>Enum members by the lower-case, hyphenated names that XMPP gives them: <c>ItemNotFound</c> is <c>item-not-found</c>.</summary>
/// <remarks>
/// For enums of <c>int</c> whose members are 0, 1, 2 and so on. Plain arrays of names: a dictionary by enum, frozen or not, is code that no build compiles ahead, and nine of
/// them were a third of what a command compiled at each start.
/// </remarks>
internal sealed class KebabNames<T>
    where T : struct, Enum
{
    private readonly string[] _names;
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);

    public KebabNames()
    {
        // In the order of their values.
        _names = Array.ConvertAll(Enum.GetNames<T>(), Kebab);
        for (var value = 0; value < _names.Length; value++)
        {
            if (!Enum.IsDefined(ValueOf(value))) throw new InvalidOperationException($"{typeof(T)} has no member {value}");
            _byName.Add(_names[value], value);
        }
    }

    public string ToWire(T value) => _names[Unsafe.BitCast<T, int>(value)];

    public bool TryParse(string? name, out T value)
    {
        value = default;
        if (name is null || !_byName.TryGetValue(name, out var found)) return false;
        value = ValueOf(found);
        return true;
    }

    private static T ValueOf(int number) => Unsafe.BitCast<int, T>(number);

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
