using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ferry.Protocol.HttpBridge;

/// <summary>
/// The value of a Content-Type or Content-Disposition header: <c>value; name=token; name="quoted"</c> (RFC 9110 section 5.6.6), read as
/// browsers write it. Names are compared without case; one given twice makes the header unreadable, for nobody can say which was meant.
/// </summary>
internal sealed class HeaderParameters
{
    private const int MaxParameters = 16;

    private readonly List<(string Name, string Value)> _parameters = [];

    private HeaderParameters(string value) => Value = value;

    /// <summary>What stands before the first semicolon, trimmed.</summary>
    public string Value { get; }

    /// <summary>The value of a parameter, unquoted, or null.</summary>
    public string? this[string name] => _parameters.Find(parameter => parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    public static bool TryParse(string header, [NotNullWhen(true)] out HeaderParameters? parameters)
    {
        var semicolon = header.IndexOf(';', StringComparison.Ordinal);
        var read = new HeaderParameters((semicolon < 0 ? header : header[..semicolon]).Trim());
        parameters = semicolon < 0 || read.TryReadAll(header.AsSpan(semicolon)) ? read : null;
        return parameters is not null;
    }

    private bool TryReadAll(ReadOnlySpan<char> rest)
    {
        while (true)
        {
            rest = rest.TrimStart("; \t");
            if (rest.IsEmpty) return true;
            var equals = rest.IndexOf('=');
            if (equals < 0 || _parameters.Count == MaxParameters) return false;
            var name = rest[..equals].Trim().ToString();
            rest = rest[(equals + 1)..].TrimStart(" \t");
            if (name.Length == 0 || name.AsSpan().ContainsAny("; \"") || this[name] is not null || !TryReadValue(ref rest, out var value)) return false;
            _parameters.Add((name, value));
        }
    }

    private static bool TryReadValue(ref ReadOnlySpan<char> rest, [NotNullWhen(true)] out string? value)
    {
        if (rest is ['"', ..]) return TryReadQuoted(ref rest, out value);
        var end = rest.IndexOf(';');
        if (end < 0) end = rest.Length;
        value = rest[..end].TrimEnd().ToString();
        rest = rest[end..];
        return !value.Contains('"', StringComparison.Ordinal);
    }

    // A backslash escapes a quote or a backslash only: browsers of long ago sent C:\dir\file.txt as it stands.
    private static bool TryReadQuoted(ref ReadOnlySpan<char> rest, [NotNullWhen(true)] out string? value)
    {
        value = null;
        var text = new StringBuilder();
        for (var i = 1; i < rest.Length; i++)
        {
            if (rest[i] == '"')
            {
                value = text.ToString();
                rest = rest[(i + 1)..].TrimStart(" \t");
                return rest is [] or [';', ..];
            }

            if (rest[i] == '\\' && i + 1 < rest.Length && rest[i + 1] is ('"' or '\\')) i++;
            text.Append(rest[i]);
        }

        return false;
    }
}
